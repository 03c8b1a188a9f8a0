#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "args.h"
#include "cli.h"
#include "commands.h"
#include "own.h"

#define RECONNECT_MS   2000
#define LINE_MAX_BYTES ((size_t)16 << 20)

struct tail_options {
    struct flag_list kinds;
    long count;
};
#define T(name) offsetof(struct tail_options, name)

static const struct flag flags[] = {
    {"kind", FLAG_LIST, T(kinds), NULL, "Only this kind of event, as it is printed"},
    {"count", FLAG_INT, T(count), "0", "End after so many events; 0: never", .letter = 'n'},
};

/* Server-sent events, line by line: "id:", "event:", "data:", and a blank line ends one. */
struct follower {
    struct cli *c;
    struct strbuf line, data, id;
    long left; /* 0: no limit */
};

static void add_cause(struct cli *c, const json_t *event)
{
    const json_t *mute = json_object_get(event, "mute"), *n = json_object_get(event, "notification"),
                 *silence = json_object_get(event, "silence"), *group = json_object_get(event, "group"),
                 *ack = json_object_get(event, "ack");

    if (json_is_object(mute))
        strbuf_addf(&c->out, " by %s", own_text(mute, "cause"));
    if (json_is_object(n))
        strbuf_addf(&c->out, " %s %s[%ld], %s", own_text(group, "receiver"), own_text(n, "integration"),
                    own_int(n, "index"), own_text(n, "reason"));
    if (own_text(n, "error")[0] != '\0')
        strbuf_addf(&c->out, "\n  %s", own_text(n, "error"));
    if (json_is_object(ack))
        strbuf_addf(&c->out, " by %s", own_text(ack, "by"));
    if (json_is_object(silence))
        strbuf_addf(&c->out, " %s\n  %s: %s", own_text(silence, "id"), own_text(silence, "createdBy"),
                    own_text(silence, "comment"));
}

static void print_event(struct cli *c, const json_t *event)
{
    json_t *alert = json_object_get(json_object_get(event, "alert"), "labels");
    json_t *group = json_object_get(json_object_get(event, "group"), "labels");

    own_add_clock(&c->out, c, own_text(event, "at"));
    strbuf_addf(&c->out, "  %s ", own_text(event, "kind"));
    own_add_labels(&c->out, json_is_object(alert) ? alert : group);
    add_cause(c, event);
    strbuf_addc(&c->out, '\n');
}

/* False: enough was seen. */
static bool end_event(struct follower *f)
{
    json_auto_t *event = f->data.n != 0 ? json_loadb(f->data.p, f->data.n, 0, NULL) : NULL;

    strbuf_reset(&f->data);
    if (own_text(event, "kind")[0] == '\0')
        return true; /* a gap, or nothing but a comment */
    if (!own_print_json(f->c, event))
        print_event(f->c, event);
    cli_flush(f->c);
    return f->left == 0 || --f->left != 0;
}

static bool take_line(struct follower *f, struct sv line)
{
    if (line.n == 0)
        return end_event(f);
    if (sv_has_prefix(line, SV("data: ")))
        strbuf_add(&f->data, line.p + 6, line.n - 6);
    if (sv_has_prefix(line, SV("id: "))) {
        strbuf_reset(&f->id);
        strbuf_add(&f->id, line.p + 4, line.n - 4);
    }
    return true;
}

static bool on_piece(void *ctx, struct sv data)
{
    struct follower *f = ctx;

    for (size_t i = 0; i < data.n; i++) {
        if (data.p[i] != '\n') {
            strbuf_addc(&f->line, data.p[i]);
            continue;
        }
        const bool more = take_line(f, sv_trim(strbuf_sv(&f->line)));
        strbuf_reset(&f->line);
        if (!more)
            return false;
    }
    return true;
}

static void make_query(struct cli *c, const struct follower *f, const struct tail_options *o,
                       struct strbuf *query)
{
    for (size_t i = 0; i < o->kinds.n; i++)
        args_query(query, "kind", sv_of(o->kinds.v[i]));
    args_query_filters(c, query);
    if (f->id.n != 0)
        args_query(query, "cursor", strbuf_sv(&f->id));
}

/* One connection. What came of it is in `err`; true: all that was asked for has been printed. */
static bool follow(struct follower *f, const struct tail_options *o, struct err *err)
{
    static const struct operation op = {.method = "GET", .path = "/events", .name = "events", .own = true};
    const struct client_stream stream = {on_piece, f};
    CLEANUP(strbuf_donep) struct strbuf query = {0};

    make_query(f->c, f, o, &query);
    strbuf_reset(&f->line);
    strbuf_reset(&f->data);
    if (!client_stream(f->c, &op, query.p, &stream, err))
        return false;
    return (o->count != 0 && f->left == 0) || err_set(err, ERR_UNAVAILABLE, "the server ended the stream");
}

static bool run(struct cli *c, struct err *err)
{
    const struct tail_options *o = CLI_OPTIONS(c, &cmd_tail);
    struct follower f = {
        .c = c, .left = o->count, .line.ceiling = LINE_MAX_BYTES, .data.ceiling = LINE_MAX_BYTES};
    bool ok = follow(&f, o, err);

    while (!ok && f.id.n != 0 &&
           err->kind == ERR_UNAVAILABLE) { /* only a stream that was there is made again */
        cli_warn(c, "%s; connecting again", err->text);
        (void)poll(NULL, 0, RECONNECT_MS);
        ok = follow(&f, o, err);
    }
    strbuf_done(&f.line);
    strbuf_done(&f.data);
    strbuf_done(&f.id);
    return ok;
}

const struct command cmd_tail = {
    .name = "tail",
    .args = "[<matcher-groups>...]",
    .max_args = SIZE_MAX,
    .help = "Print what happens, as it happens.\n\n"
            "A connection that breaks is made again where it ended.\n\n"
            "  tocsinctl tail\n"
            "  tocsinctl tail Disk --kind=notification_failed --kind=notification_delivered\n",
    .flags = flags,
    .n_flags = COUNT_OF(flags),
    .options_size = sizeof(struct tail_options),
    .run = run,
};
