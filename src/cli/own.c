#include "own.h"

#include <stdlib.h>
#include <string.h>

#include "codec/gotime.h"
#include "codec/rfc3339.h"

#define DAY 86400

json_t *own_call(struct cli *c, const struct operation *op, const char *tail, struct sv body, struct err *err)
{
    struct sv answer = {0};
    json_error_t error;

    if (!client_call(c, op, tail, body, &answer, NULL, err))
        return NULL;
    json_t *doc = json_loadb(answer.p, answer.n, JSON_DECODE_ANY, &error);
    if (doc == NULL)
        (void)err_set(err, ERR_INVALID, "the answer is no JSON: %s", error.text);
    return doc;
}

bool own_print_json(struct cli *c, const json_t *doc)
{
    if (c->output != OUTPUT_JSON)
        return false;
    char *text = json_dumps(doc, JSON_COMPACT | JSON_ENCODE_ANY);
    strbuf_addf(&c->out, "%s\n", text != NULL ? text : "null");
    free(text);
    return true;
}

const char *own_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

bool own_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

long own_int(const json_t *object, const char *key)
{
    return (long)json_integer_value(json_object_get(object, key));
}

size_t own_count(const json_t *object, const char *key)
{
    return json_array_size(json_object_get(object, key));
}

static bool is_plain(const char *value)
{
    return value[0] != '\0' && strpbrk(value, " \t\n\"") == NULL;
}

void own_add_labels(struct strbuf *out, json_t *labels)
{
    const char *alertname = own_text(labels, "alertname");
    const char *gap = alertname[0] != '\0' ? " " : "";

    strbuf_adds(out, alertname);
    for (void *it = json_object_iter(labels); it != NULL; it = json_object_iter_next(labels, it)) {
        const char *name = json_object_iter_key(it), *value = json_string_value(json_object_iter_value(it));
        if (value == NULL || (strcmp(name, "alertname") == 0 && alertname[0] != '\0'))
            continue;
        strbuf_addf(out, is_plain(value) ? "%s%s=%s" : "%s%s=\"%s\"", gap, name, value);
        gap = " ";
    }
}

void own_add_matchers(struct strbuf *out, const json_t *matchers)
{
    strbuf_addc(out, '{');
    for (size_t i = 0; i < json_array_size(matchers); i++) {
        const char *text = json_string_value(json_array_get(matchers, i));
        strbuf_addf(out, "%s%s", i != 0 ? ", " : "", text != NULL ? text : "");
    }
    strbuf_addc(out, '}');
}

static bool parse(const char *time, struct stamp *t)
{
    struct err err;

    return time[0] != '\0' && stamp_parse_rfc3339(sv_of(time), t, &err) && !stamp_is_unset(*t);
}

static void add_clock(struct strbuf *out, const struct cli *c, struct stamp t)
{
    const bool today = t.sec / DAY == c->now.wall.sec / DAY;

    gotime_format(out, stamp_utc(t), today ? "15:04:05" : "Jan 02 15:04");
}

void own_add_clock(struct strbuf *out, const struct cli *c, const char *time)
{
    struct stamp t;

    if (parse(time, &t))
        add_clock(out, c, t);
    else
        strbuf_addc(out, '-');
}

/* Two units are enough for a person: 2h5m, 3d4h, 40s. */
static void add_length(struct strbuf *out, int64_t seconds)
{
    static const struct {
        int64_t length;
        char letter;
    } units[] = {{DAY, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t i = 0;

    while (i + 1 < COUNT_OF(units) && seconds < units[i].length)
        i++;
    strbuf_addf(out, "%lld%c", (long long)(seconds / units[i].length), units[i].letter);
    if (i + 1 == COUNT_OF(units))
        return;
    const int64_t rest = seconds % units[i].length / units[i + 1].length;
    if (rest != 0)
        strbuf_addf(out, "%lld%c", (long long)rest, units[i + 1].letter);
}

void own_add_when(struct strbuf *out, const struct cli *c, const char *time)
{
    struct stamp t;

    if (!parse(time, &t)) {
        strbuf_adds(out, "never");
        return;
    }
    const int64_t ahead = stamp_sub(t, c->now.wall) / NS_PER_S;
    strbuf_adds(out, ahead > 0 ? "in " : "");
    add_length(out, ahead > 0 ? ahead : -ahead);
    strbuf_adds(out, ahead > 0 ? " (" : " ago (");
    add_clock(out, c, t);
    strbuf_addc(out, ')');
}
