#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "cli.h"
#include "client.h"
#include "commands.h"
#include "load.h"
#include "model/duration.h"
#include "show.h"

#define IMPORT_MAX ((size_t)256 << 20)

/* query */

struct query_options {
    bool expired, quiet;
    const char *created_by, *id;
    dur_ns within; /* 0: any time */
};
#define Q(name) offsetof(struct query_options, name)

static const struct flag query_flags[] = {
    {"expired", FLAG_BOOL, Q(expired), NULL, "Show expired silences instead of active"},
    {"quiet", FLAG_BOOL, Q(quiet), NULL, "Only show silence ids", .letter = 'q'},
    {"created-by", FLAG_STRING, Q(created_by), NULL, "Show silences that belong to this creator"},
    {"id", FLAG_STRING, Q(id), NULL, "Get a single silence by its ID"},
    {"within", FLAG_DURATION, Q(within), NULL,
     "Show silences that will expire or have expired within a duration"},
};

static const struct command cmd_query, cmd_add, cmd_import, cmd_update;

static bool wanted(const struct query_options *o, const struct api_silence *s, struct stamp now)
{
    const struct stamp ends_at = s->ends_at.at;

    if (o->expired ? stamp_before(now, ends_at) : stamp_before(ends_at, now))
        return false;
    if (o->within != 0 && o->expired && stamp_before(ends_at, stamp_add(now, -o->within)))
        return false;
    if (o->within != 0 && !o->expired && stamp_before(stamp_add(now, o->within), ends_at))
        return false;
    return (o->created_by == NULL || o->created_by[0] == '\0' ||
            sv_eq(s->created_by, sv_of(o->created_by))) &&
           (o->id == NULL || o->id[0] == '\0' || sv_eq(s->id, sv_of(o->id)));
}

static void print_ids(struct cli *c, const struct api_silences *silences)
{
    for (size_t i = 0; i < silences->n; i++)
        strbuf_addf(&c->out, "%.*s\n", SV_ARG(silences->v[i].id));
}

static bool run_query(struct cli *c, struct err *err)
{
    const struct query_options *o = CLI_OPTIONS(c, &cmd_query);
    CLEANUP(strbuf_donep) struct strbuf query = {0};
    struct api_silences all;
    size_t n = 0;

    args_query_filters(c, &query);
    if (!client_silences(c, query.p, &all, err))
        return false;
    const struct stamp now = clk_now().wall;
    for (size_t i = 0; i < all.n; i++)
        if (wanted(o, &all.v[i], now))
            all.v[n++] = all.v[i];
    all.n = n;
    if (o->quiet)
        print_ids(c, &all);
    else
        show_silences(c, &all);
    return true;
}

static const struct command cmd_query = {
    .name = "query",
    .args = "[<matcher-groups>...]",
    .max_args = SIZE_MAX,
    .help =
        "Query silences.\n\n"
        "The first argument may be a bare word: it stands for alertname=WORD.\n\n"
        "  tocsinctl silence query foo node=bar\n"
        "  tocsinctl silence query 'alertname=~foo.*'\n\n"
        "With --within only silences that end within that time are shown; together with --expired those that "
        "ended within it:\n\n"
        "  tocsinctl silence query --within 8h\n"
        "  tocsinctl silence query --within 2h --expired\n",
    .flags = query_flags,
    .n_flags = COUNT_OF(query_flags),
    .options_size = sizeof(struct query_options),
    .is_default = true,
    .run = run_query,
};

/* add */

struct add_options {
    const char *author, *duration, *start, *end, *comment;
    struct flag_list annotations;
    bool require_comment;
};
#define A(name) offsetof(struct add_options, name)

#define TIME_FORMAT "RFC3339 format 2006-01-02T15:04:05-07:00"

static const struct flag add_flags[] = {
    {"author", FLAG_STRING, A(author), NULL, "Username for CreatedBy field; your own by default",
     .letter = 'a'},
    {"require-comment", FLAG_BOOL, A(require_comment), "true", "Require comment to be set", .hidden = true},
    {"duration", FLAG_STRING, A(duration), "1h", "Duration of silence", .letter = 'd'},
    {"start", FLAG_STRING, A(start), NULL, "Set when the silence should start. " TIME_FORMAT},
    {"end", FLAG_STRING, A(end), NULL, "Set when the silence should end (overwrites duration). " TIME_FORMAT},
    {"comment", FLAG_STRING, A(comment), NULL, "A comment to help describe the silence", .letter = 'c'},
    {"annotation", FLAG_LIST, A(annotations), NULL, "Set an annotation to be included with the silence"},
};

/* The end: as given, or a while after the start. */
static bool end_of(const char *end, const char *duration, struct stamp start, struct stamp *out,
                   struct err *err)
{
    dur_ns d;

    if (end != NULL)
        return args_time(end, out, err);
    if (!duration_parse(sv_of(duration), &d, err))
        return false;
    if (d == 0)
        return err_set(err, ERR_INVALID, "silence duration must be greater than 0");
    *out = stamp_add(stamp_utc(start), d);
    return true;
}

static bool read_times(struct cli *c, const struct add_options *o, struct api_silence *s, struct err *err)
{
    struct stamp start = stamp_utc(clk_now().wall), end = start;

    if (!args_time(o->start, &start, err) || !end_of(o->end, o->duration, start, &end, err))
        return false;
    if (stamp_before(end, start))
        return err_set(err, ERR_INVALID, "silence cannot start after it ends");
    s->starts_at = args_api_time(c, start);
    s->ends_at = args_api_time(c, end);
    return true;
}

static bool build(struct cli *c, const struct add_options *o, const struct matchers *ms,
                  struct api_silence *s, struct err *err)
{
    if (ms->n == 0)
        return err_set(err, ERR_INVALID, "no matchers specified");
    if (!read_times(c, o, s, err))
        return false;
    if (o->require_comment && (o->comment == NULL || o->comment[0] == '\0'))
        return err_set(err, ERR_INVALID, "comment required by config");
    if (!args_pairs(c, &o->annotations, false, "annotations", &s->annotations, err))
        return false;
    s->comment = sv_of(o->comment != NULL ? o->comment : "");
    s->created_by = o->author != NULL ? sv_of(o->author) : args_user_name(c);
    s->matchers = ARENA_ARRAY(&c->mem, struct api_matcher, ms->n);
    for (size_t i = 0; i < ms->n; i++)
        s->matchers[s->n_matchers++] = api_matcher_of(&ms->v[i]);
    return true;
}

static bool run_add(struct cli *c, struct err *err)
{
    const struct add_options *o = CLI_OPTIONS(c, &cmd_add);
    struct api_silence s = {0};
    struct matchers ms;
    struct sv id;

    const bool ok = args_matchers(c, cli_args(c), true, &ms, err) && build(c, o, &ms, &s, err) &&
                    client_post_silence(c, &s, false, &id, NULL, err);
    if (ok)
        strbuf_addf(&c->out, "%.*s\n", SV_ARG(id));
    matchers_done(&ms);
    return ok;
}

static const struct command cmd_add = {
    .name = "add",
    .args = "[<matcher-groups>...]",
    .max_args = SIZE_MAX,
    .help =
        "Add a new silence and print its id.\n\n"
        "The first argument may be a bare word: it stands for alertname=WORD. All matchers have to match.\n\n"
        "  tocsinctl silence add foo node=bar -c 'disk is being replaced'\n"
        "  tocsinctl silence add 'alertname=~foo.*' -d 8h -c 'known'\n",
    .flags = add_flags,
    .n_flags = COUNT_OF(add_flags),
    .options_size = sizeof(struct add_options),
    .run = run_add,
};

/* expire */

static bool run_expire(struct cli *c, struct err *err)
{
    static const struct operation op = {
        .method = "DELETE", .path = "/silence/{silenceID}", .name = "deleteSilence"};
    const struct flag_list *ids = cli_args(c);
    struct sv answer = {0};

    if (ids->n == 0)
        return err_set(err, ERR_INVALID, "no silence IDs specified");
    for (size_t i = 0; i < ids->n; i++) {
        CLEANUP(strbuf_donep) struct strbuf tail = {0};
        client_tail(&tail, sv_of(ids->v[i]));
        if (!client_call(c, &op, tail.p, (struct sv){0}, &answer, NULL, err))
            return false;
    }
    return true;
}

static const struct command cmd_expire = {
    .name = "expire",
    .args = "[<silence-ids>...]",
    .max_args = SIZE_MAX,
    .help = "Expire silences, by their ids.",
    .run = run_expire,
};

/* update */

struct update_options {
    bool quiet;
    const char *duration, *start, *end, *comment;
};
#define U(name) offsetof(struct update_options, name)

static const struct flag update_flags[] = {
    {"quiet", FLAG_BOOL, U(quiet), NULL, "Only show silence ids", .letter = 'q'},
    {"duration", FLAG_STRING, U(duration), NULL, "Duration of silence, from its start", .letter = 'd'},
    {"start", FLAG_STRING, U(start), NULL, "Set when the silence should start. " TIME_FORMAT},
    {"end", FLAG_STRING, U(end), NULL, "Set when the silence should end (overwrites duration). " TIME_FORMAT},
    {"comment", FLAG_STRING, U(comment), NULL, "A comment to help describe the silence", .letter = 'c'},
};

static bool change(struct cli *c, const struct update_options *o, struct api_silence *s, struct err *err)
{
    struct stamp start = s->starts_at.at, end = s->ends_at.at;

    if (!args_time(o->start, &start, err))
        return false;
    if ((o->end != NULL || o->duration != NULL) && !end_of(o->end, o->duration, start, &end, err))
        return false;
    if (stamp_before(end, start))
        return err_set(err, ERR_INVALID, "silence cannot start after it ends");
    s->starts_at = args_api_time(c, start);
    s->ends_at = args_api_time(c, end);
    if (o->comment != NULL && o->comment[0] != '\0')
        s->comment = sv_of(o->comment);
    return true;
}

static bool run_update(struct cli *c, struct err *err)
{
    const struct update_options *o = CLI_OPTIONS(c, &cmd_update);
    const struct flag_list *ids = cli_args(c);
    struct api_silences done = {.v = ARENA_ARRAY(&c->mem, struct api_silence, ids->n)};

    if (ids->n == 0)
        return err_set(err, ERR_INVALID, "no silence IDs specified");
    for (size_t i = 0; i < ids->n; i++) {
        struct api_silence *s = &done.v[i];
        if (!client_silence(c, sv_of(ids->v[i]), s, err) || !change(c, o, s, err) ||
            !client_post_silence(c, s, true, &s->id, NULL, err))
            return false;
        done.n++;
    }
    if (o->quiet)
        print_ids(c, &done);
    else
        show_silences(c, &done);
    return true;
}

static const struct command cmd_update = {
    .name = "update",
    .args = "[<update-ids>...]",
    .max_args = SIZE_MAX,
    .help = "Update silences.",
    .flags = update_flags,
    .n_flags = COUNT_OF(update_flags),
    .options_size = sizeof(struct update_options),
    .run = run_update,
};

/* import */

struct import_options {
    bool force;
    long worker;
};
#define I(name) offsetof(struct import_options, name)

static const struct flag import_flags[] = {
    {"force", FLAG_BOOL, I(force), NULL, "Force adding new silences even if it already exists",
     .letter = 'f'},
    {"worker", FLAG_INT, I(worker), "8", "Accepted for compatibility; silences are added one after the other",
     .letter = 'w'},
};

static bool read_import(struct cli *c, struct api_silences *out, struct err *err)
{
    const struct flag_list *args = cli_args(c);
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    const bool ok = args->n != 0 ? cli_read_file(args->v[0], IMPORT_MAX, &text, err)
                                 : cli_read_all(STDIN_FILENO, "standard input", IMPORT_MAX, &text, err);
    if (!ok)
        return false;
    const char *kept = arena_strndup(&c->mem, text.n != 0 ? text.p : "", text.n);
    if (kept == NULL)
        return err_set(err, ERR_LIMIT, "too many silences");
    return api_read_silences((struct sv){kept, text.n}, &c->mem, out, err) ||
           err_wrap(err, "couldn't unmarshal input data, is it JSON?");
}

/* An id that the server does not know is made a new one. */
static bool import_one(struct cli *c, const struct api_silence *s, bool with_id, struct sv *id,
                       struct err *err)
{
    int status;

    if (client_post_silence(c, s, with_id, id, &status, err))
        return true;
    return with_id && status == 404 && client_post_silence(c, s, false, id, NULL, err);
}

static bool run_import(struct cli *c, struct err *err)
{
    const struct import_options *o = CLI_OPTIONS(c, &cmd_import);
    struct api_silences in = {0};
    size_t failed = 0;

    if (!read_import(c, &in, err))
        return false;
    for (size_t i = 0; i < in.n; i++) {
        const struct api_silence *s = &in.v[i];
        struct sv id;
        if (import_one(c, s, !o->force && s->id.n != 0, &id, err)) {
            strbuf_addf(&c->out, "%.*s\n", SV_ARG(id));
            continue;
        }
        failed++;
        cli_warn(c, "Error adding silence id='%.*s': %s", SV_ARG(s->id), err->text);
    }
    return failed == 0 || err_set(err, ERR_INVALID, "couldn't import %zu out of %zu silences", failed, in.n);
}

static const struct command cmd_import = {
    .name = "import",
    .args = "[<input-file>]",
    .max_args = 1,
    .args_are_files = true,
    .help = "Import silences from a JSON file or standard input.\n\n"
            "The file is what the query command prints:\n\n"
            "  tocsinctl silence query -o json foo > foo.json\n"
            "  tocsinctl silence import foo.json\n",
    .flags = import_flags,
    .n_flags = COUNT_OF(import_flags),
    .options_size = sizeof(struct import_options),
    .run = run_import,
};

static const struct command *const subs[] = {&cmd_add,    &cmd_expire,          &cmd_import, &cmd_query,
                                             &cmd_update, &cmd_silence_preview, NULL};

const struct command cmd_silence = {
    .name = "silence",
    .help = "Add, expire or view silences. For more information and additional flags see query help.",
    .subs = subs,
};
