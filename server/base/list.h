/* list: intrusive doubly linked list with a head node. A node is in at most one list; a removed node is
 * self-linked. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
    struct list_node *prev, *next;
};

#define list_entry(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))

/* Walks `list`; the current node may be removed (next is taken first). */
#define list_each(node, list)                                                                                \
    for (struct list_node *node = (list)->next, *node##_next = node->next; node != (list);                   \
         node = node##_next, node##_next = node->next)

static inline void list_init(struct list_node *list)
{
    list->prev = list->next = list;
}
static inline bool list_empty(const struct list_node *list)
{
    return list->next == list;
}
/* Whether this node is in some list. */
static inline bool list_linked(const struct list_node *node)
{
    return node->next != NULL && node->next != node;
}
static inline void list_append(struct list_node *list, struct list_node *node)
{
    node->prev = list->prev;
    node->next = list;
    list->prev->next = node;
    list->prev = node;
}
static inline void list_remove(struct list_node *node)
{
    if (node->next == NULL)
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->prev = node->next = node;
}
static inline struct list_node *list_pop(struct list_node *list)
{
    struct list_node *node = list->next;
    if (node == list)
        return NULL;
    list_remove(node);
    return node;
}
/* Moves all of `from` to the end of `to`. */
static inline void list_splice(struct list_node *to, struct list_node *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#endif
