/* connect: a player, or an operator, at a terminal.
 *
 *     gachapon connect ws://127.0.0.1:8480/join --register mira@example.org --password-file pw --name Mira
 *     open_pack pack=vernal count=10
 *
 * Lines from stdin become requests by the schema's names (request_line.c); every message of the server is
 * printed as one line of JSON by names (show.c): replies, errors, pushes. So new commands need nothing here.
 * Prompts and notes go to stderr; stdout is for programs too.
 *
 * Before the first line is read the socket is signed in, if that was asked for: with a token (--token-file,
 * bare or as `sign-in` keeps it), with a token got for e-mail and password (--email), or by registering
 * (--register). At the end of stdin the tool waits until every request is answered, at most ANSWER_WITHIN_MS,
 * and closes. Exit status: 0 when all went well, 1 when a request was refused or the server closed the
 * socket, 2 when it could not start.
 *
 * States: connecting -> signing in -> talking -> ending. Replies are told apart by their id alone: show.c has
 * judged the message by then, and prints the id first. */
#include "base/check.h"
#include "gen/c/schema.h"
#include "tools/oauth.h"
#include "tools/request_line.h"
#include "tools/show.h"
#include "tools/tools.h"
#include "tools/ws_client.h"
#include "wire/token.h"
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_WITHIN_MS 30000
#define LINE_MAX_BYTES (1u << 20)

struct options {
    const char *url, *token_file, *email, *registers, *password_file, *name, *ca_file;
    bool follow;
};

enum state { CONNECTING, SIGNING_IN, TALKING, ENDING };

struct connect {
    enum state state;
    struct loop *loop;
    struct ws_client *client;
    struct loop_timer deadline;
    ev_io input;
    bool input_ended;
    struct buf typed; /* not yet a whole line */
    struct buf first; /* the frame that signs in; empty for none */
    bool follow;
    char url[1024];
    uint32_t last_id, unanswered;
    int status;
};

const char tool_connect_help[] =
    "usage: gachapon connect [URL] [--token-file FILE | --email E --password-file FILE |\n"
    "                        --register E --password-file FILE --name NAME] [--follow] [--ca-file FILE] "
    "[settings]\n"
    "URL: ws://host:port/play or /join (registering: /join); GACHAPON_URL when left out, with /join added to "
    "a bare one.\n"
    "Then lines on stdin:  open_pack pack=vernal count=10    help [NAME]    quit\n";

static struct uuid new_command_id(struct loop *loop)
{
    uint8_t random[10];
    randombytes_buf(random, sizeof random);
    return uuid_v7((uint64_t)loop_now_ms(loop), random);
}

/* ---- talking */

static void end(struct connect *connect, int status)
{
    if (status > connect->status)
        connect->status = status;
    connect->state = ENDING;
    ev_io_stop(loop_ev(connect->loop), &connect->input);
    loop_timer_stop(&connect->deadline);
    ws_client_close(connect->client);
}

static void end_when_answered(struct connect *connect)
{
    if (connect->state == TALKING && connect->input_ended && connect->unanswered == 0)
        end(connect, 0);
}

static void send_frame(struct connect *connect, struct slice frame)
{
    if (ws_client_send(connect->client, frame) == ERR_OK)
        connect->unanswered++;
    else
        end(connect, 1);
}

static void take_line(struct connect *connect, struct slice line)
{
    char wrong[160];
    struct buf out;
    buf_init(&out, LINE_MAX_BYTES);
    while (line.size > 0 && strchr(" \t\r", line.data[line.size - 1]) != NULL)
        line.size--;
    if (slice_equal_text(line, "quit")) {
        connect->input_ended = true;
    } else if (line.size >= 4 && memcmp(line.data, "help", 4) == 0) {
        struct slice name = line.size > 5 ? slice_of(line.data + 5, line.size - 5) : (struct slice){0};
        request_line_help(&out, name);
        fprintf(stderr, "%.*s", SLICE_ARGS(buf_slice(&out)));
    } else if (line.size > 0 && line.data[0] != '#') {
        struct uuid command_id = new_command_id(connect->loop);
        if (request_line_encode(&out, line, connect->last_id + 1, command_id, wrong)) {
            connect->last_id++;
            send_frame(connect, buf_slice(&out));
        } else {
            fprintf(stderr, "%s\n", wrong);
            connect->status = 1;
        }
    }
    buf_release(&out);
}

static void take_lines(struct connect *connect)
{
    struct buf *typed = &connect->typed;
    size_t start = 0;
    while (connect->state == TALKING && !connect->input_ended) {
        const uint8_t *newline = memchr(typed->data + start, '\n', typed->size - start);
        if (newline == NULL)
            break;
        size_t size = (size_t)(newline - typed->data) - start;
        take_line(connect, slice_of(typed->data + start, size));
        start += size + 1;
    }
    memmove(typed->data, typed->data + start, typed->size - start);
    typed->size -= start;
}

static void on_deadline(void *ctx)
{
    struct connect *connect = ctx;
    fprintf(stderr, "not answered within %d s\n", ANSWER_WITHIN_MS / 1000);
    end(connect, 1);
}

static void on_input(struct ev_loop *ev, ev_io *io, int events)
{
    struct connect *connect = io->data;
    (void)events;
    uint8_t *room = buf_reserve(&connect->typed, 4096);
    ssize_t size = room == NULL ? 0 : read(STDIN_FILENO, room, 4096);
    if (size > 0) {
        connect->typed.size += (size_t)size;
        take_lines(connect);
    } else {
        if (connect->typed.size > 0) /* a last line without its newline */
            take_line(connect, buf_slice(&connect->typed));
        connect->input_ended = true;
    }
    if (connect->input_ended && connect->state == TALKING) {
        ev_io_stop(ev, io);
        loop_timer_start(&connect->deadline, ANSWER_WITHIN_MS);
        end_when_answered(connect);
    }
}

static void start_talking(struct connect *connect)
{
    connect->state = TALKING;
    if (connect->follow)
        take_line(connect, slice_text("follow"));
    if (isatty(STDIN_FILENO))
        fprintf(stderr, "help lists what can be typed; quit ends\n");
    ev_io_start(loop_ev(connect->loop), &connect->input);
}

/* ---- what the server says */

/* The id of a message that show_from_server has taken. */
static uint32_t id_of(struct slice message)
{
    struct wire_token head, id = {0};
    if (!wire_token_read(message, &head) || !wire_token_read(wire_token_after(message, head.length), &id))
        return 0;
    return (uint32_t)id.number;
}

static bool is_error(const struct buf *line)
{
    return memmem(line->data, line->size, ",\"type\":\"error\",", 16) != NULL;
}

static void on_answer(struct connect *connect, bool refused)
{
    if (connect->unanswered > 0)
        connect->unanswered--;
    if (refused)
        connect->status = 1;
    if (connect->state == SIGNING_IN && refused)
        end(connect, 1);
    else if (connect->state == SIGNING_IN)
        start_talking(connect);
    end_when_answered(connect);
}

static void on_message(void *ctx, struct slice message)
{
    struct connect *connect = ctx;
    struct arena arena;
    struct buf line;
    arena_init(&arena, 65536, 1u << 28);
    buf_init(&line, 1u << 28);
    do {
        uint32_t id = id_of(message);
        arena_reset(&arena);
        buf_clear(&line);
        bool good = show_from_server(&message, SHOW_NAMES, &arena, &line);
        fwrite(line.data, 1, line.size, stdout);
        if (id != 0)
            on_answer(connect, !good || is_error(&line));
        else if (!good || is_error(&line))
            connect->status = 1;
    } while (message.size > 0);
    fflush(stdout);
    buf_release(&line);
    arena_release(&arena);
}

static void on_open(void *ctx)
{
    struct connect *connect = ctx;
    if (connect->first.size == 0) {
        start_talking(connect);
        return;
    }
    connect->state = SIGNING_IN;
    connect->last_id = 1;
    send_frame(connect, buf_slice(&connect->first));
    explicit_bzero(connect->first.data, connect->first.size);
}

static void on_close(void *ctx, int code, const char *reason)
{
    struct connect *connect = ctx;
    const struct close_desc *close = schema_close(code);
    if (connect->state == CONNECTING) {
        fprintf(stderr, "cannot connect to %s: %s. Does a server run there?\n", connect->url, reason);
        connect->status = 2;
    } else if (connect->state != ENDING) {
        fprintf(stderr, "closed by the server: %d %s %s\n", code, close != NULL ? close->name : "", reason);
        connect->status = 1;
    }
    loop_stop(connect->loop);
}

/* ---- starting */

static bool parse_options(int argc, char **argv, struct options *ret_options)
{
    static const struct option table[] = {
        {"token-file", required_argument, NULL, 't'}, {"email", required_argument, NULL, 'e'},
        {"register", required_argument, NULL, 'r'},   {"password-file", required_argument, NULL, 'p'},
        {"name", required_argument, NULL, 'n'},       {"ca-file", required_argument, NULL, 'c'},
        {"follow", no_argument, NULL, 'f'},           {0}};
    struct options options = {.url = getenv("GACHAPON_URL")};
    optind = 1; /* the command's name stands before the arguments, see main.c */
    for (int option; (option = getopt_long(argc + 1, argv - 1, "", table, NULL)) != -1;) {
        switch (option) {
        case 't':
            options.token_file = optarg;
            break;
        case 'e':
            options.email = optarg;
            break;
        case 'r':
            options.registers = optarg;
            break;
        case 'p':
            options.password_file = optarg;
            break;
        case 'n':
            options.name = optarg;
            break;
        case 'c':
            options.ca_file = optarg;
            break;
        case 'f':
            options.follow = true;
            break;
        default:
            return false;
        }
    }
    if (optind < argc + 1)
        options.url = (argv - 1)[optind++];
    *ret_options = options;
    int ways = (options.token_file != NULL) + (options.email != NULL) + (options.registers != NULL);
    bool password = options.email != NULL || options.registers != NULL;
    return optind == argc + 1 && options.url != NULL && ways <= 1 &&
           password == (options.password_file != NULL);
}

/* Tokens for e-mail and password. Says what is wrong on stderr. */
static enum err password_tokens(const struct config *config, const char *email, const char *password,
                                json_t **ret_tokens)
{
    struct oauth oauth;
    enum err err = oauth_open(&oauth, config);
    if (err == ERR_OK)
        err = oauth_password(&oauth, email, password, ret_tokens);
    if (err != ERR_OK)
        fprintf(stderr, "no token from Keycloak: %s\n", oauth.wrong);
    return err;
}

/* The frame that signs in, into `first`. Says what is wrong on stderr. */
static bool make_first(struct buf *first, const struct options *options, const struct config *config,
                       struct uuid command_id)
{
    char secret[40000];
    const char *file = options->token_file != NULL ? options->token_file : options->password_file;
    enum err err = ERR_OK;
    json_t *tokens = NULL;
    if (file == NULL)
        return true;
    if (config_read_secret(file, secret, sizeof secret) != ERR_OK) {
        fprintf(stderr, "%s: cannot be read or is empty\n", file);
        return false;
    }
    if (options->email != NULL)
        err = password_tokens(config, options->email, secret, &tokens);
    else if (options->token_file != NULL && secret[0] == '{')
        tokens = json_loads(secret, 0, NULL); /* what sign-in kept */
    if (err == ERR_OK && options->registers != NULL) {
        struct message_register message = {.email = slice_text(options->registers),
                                           .password = slice_text(secret),
                                           .display_name =
                                               slice_text(options->name != NULL ? options->name : "")};
        struct meta meta = {.command_id = command_id, .consistency = CONSISTENCY_STRONG};
        err = frame_request(first, 1, MESSAGE_REGISTER, &type_message_register, &message, &meta);
    } else if (err == ERR_OK) {
        const char *token = json_string_value(json_object_get(tokens, "access_token"));
        struct message_sign_in message = {.token = slice_text(token != NULL ? token : secret),
                                          .display_name =
                                              slice_text(options->name != NULL ? options->name : "")};
        err = frame_request(first, 1, MESSAGE_SIGN_IN, &type_message_sign_in, &message, NULL);
    }
    explicit_bzero(secret, sizeof secret);
    json_decref(tokens);
    return err == ERR_OK;
}

/* The URL with the path that fits, where it has none: /play takes tokens, /join newcomers. */
static void complete_url(const struct options *options, char *ret_url, size_t size)
{
    const char *host = strstr(options->url, "://");
    bool bare = strchr(host != NULL ? host + 3 : options->url, '/') == NULL;
    bool token = options->token_file != NULL || options->email != NULL;
    snprintf(ret_url, size, "%.1000s%s", options->url, !bare ? "" : token ? "/play" : "/join");
}

static int talk(struct connect *connect, const struct options *options)
{
    static const struct ws_client_callbacks callbacks = {on_open, on_message, on_close};
    char failure[200];
    complete_url(options, connect->url, sizeof connect->url);
    connect->client =
        ws_client_open(connect->loop, connect->url, options->ca_file, &callbacks, connect, failure);
    if (connect->client == NULL) {
        fprintf(stderr, "%s\n", failure);
        return 2;
    }
    loop_timer_init(&connect->deadline, connect->loop, on_deadline, connect);
    ev_io_init(&connect->input, on_input, STDIN_FILENO, EV_READ);
    connect->input.data = connect;
    loop_run(connect->loop);
    ev_io_stop(loop_ev(connect->loop), &connect->input);
    loop_timer_stop(&connect->deadline);
    ws_client_free(connect->client);
    return connect->status;
}

int tool_connect(const struct config *config, int argc, char **argv)
{
    struct options options = {0};
    if (!parse_options(argc, argv, &options)) {
        fputs(tool_connect_help, stderr);
        return 2;
    }
    struct connect connect = {.state = CONNECTING, .follow = options.follow, .loop = loop_new()};
    buf_init(&connect.typed, LINE_MAX_BYTES);
    buf_init(&connect.first, 65536);
    int status = 2;
    if (connect.loop == NULL || sodium_init() < 0)
        fprintf(stderr, "the loop or libsodium does not start\n");
    else if (make_first(&connect.first, &options, config, new_command_id(connect.loop)))
        status = talk(&connect, &options);
    buf_release(&connect.typed);
    buf_release(&connect.first);
    loop_free(connect.loop);
    return status;
}
