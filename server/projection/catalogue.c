/* catalogue: the characters and items there are (views character_info, item_info). Published again, an entry
 * is replaced; nothing leaves the catalogue. The starting balance is for the domain only and has no view. */
#include "projection/project.h"

void catalogue_project(const struct event *event, struct row_sink *sink)
{
    if (event->type == EVENT_CHARACTER_PUBLISHED) {
        row_add(sink, VIEW_CHARACTER_INFO)->character_info = (struct row_character_info){
            .character = event->character_published.character,
            .name = event->character_published.name,
            .rarity = event->character_published.rarity,
            .description = event->character_published.description,
        };
    } else if (event->type == EVENT_ITEM_PUBLISHED) {
        row_add(sink, VIEW_ITEM_INFO)->item_info = (struct row_item_info){
            .item = event->item_published.item,
            .name = event->item_published.name,
            .description = event->item_published.description,
        };
    }
}
