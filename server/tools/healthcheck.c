/* healthcheck: is the server on --internal-listen ready? For containers, which have no curl. */
#include "tools/fetch.h"
#include "tools/tools.h"
#include <string.h>

int tool_healthcheck(const struct config *config, int argc, char **argv)
{
    (void)argv;
    if (argc > 0 || config->internal_listen == NULL) {
        fprintf(stderr, "gachapon healthcheck: takes no arguments; --internal-listen says where\n");
        return 2;
    }
    char url[300];
    bool any = strncmp(config->internal_listen, "0.0.0.0:", 8) == 0;
    snprintf(url, sizeof url, "http://%s%s/readyz", any ? "127.0.0.1" : "",
             config->internal_listen + (any ? 7 : 0));
    struct buf body;
    long status = 0;
    buf_init(&body, 4096);
    enum err err = fetch(url, NULL, &body, &status);
    if (err != ERR_OK)
        printf("no answer from %s\n", url);
    else
        printf("%.*s", (int)body.size, (const char *)body.data);
    buf_release(&body);
    return err == ERR_OK && status == 200 ? 0 : 1;
}
