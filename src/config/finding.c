#include "config/finding.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

#define SHOWN_BEFORE 60 /* of a long line: so much in front of the column */
#define SHOWN_MAX    110

const char *config_severity_text(enum config_severity s)
{
    static const char *const texts[] = {"error", "warning", "info"};
    return texts[s];
}

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* password, api_key, bot_token, url; but not url_file, which is a path. */
static bool holds_secret(struct sv key)
{
    static const char *const words[] = {"password", "secret", "token", "key", "credential", "url"};
    if (key.n > 5 && memcmp(key.p + key.n - 5, "_file", 5) == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (memmem(key.p, key.n, words[i], strlen(words[i])) != NULL)
            return true;
    return false;
}

/* Behind the bracket that closes the one at `at`, or the end of the line. */
static size_t collection_end(struct sv line, size_t at)
{
    size_t depth = 0;
    for (; at < line.n; at++) {
        if (line.p[at] == '[' || line.p[at] == '{')
            depth++;
        else if ((line.p[at] == ']' || line.p[at] == '}') && --depth == 0)
            return at + 1;
    }
    return at;
}

/* The end of a value of a flow or block map that starts at `at`. */
static size_t value_end(struct sv line, size_t at)
{
    if (at < line.n && (line.p[at] == '[' || line.p[at] == '{'))
        return collection_end(line, at);
    const char quote = at < line.n && (line.p[at] == '"' || line.p[at] == '\'') ? line.p[at] : '\0';
    if (quote != '\0') {
        const char *end = memchr(line.p + at + 1, quote, line.n - at - 1);
        return end != NULL ? (size_t)(end - line.p) + 1 : line.n;
    }
    while (at < line.n && strchr(",}]\r", line.p[at]) == NULL)
        at++;
    return at;
}

static size_t key_length(struct sv line, size_t at)
{
    size_t n = 0;
    while (at + n < line.n && is_key_char(line.p[at + n]))
        n++;
    return n;
}

/* A hash of a password, under the name of a user: $2y$10$... */
static bool is_hash(struct sv line, size_t at)
{
    at += at < line.n && (line.p[at] == '"' || line.p[at] == '\'') ? 1 : 0;
    return line.n - at > 4 && line.p[at] == '$' && line.p[at + 1] == '2';
}

/* Maps, and lists of them: their keys are looked at one by one. */
static bool holds_keys(struct sv line, size_t at)
{
    while (at < line.n && (line.p[at] == '[' || line.p[at] == ' '))
        at++;
    return at < line.n && line.p[at] == '{';
}

/* A key at `at` whose value must not be shown (`all`: any): the place of the value; else 0. */
static size_t secret_value(struct sv line, size_t at, size_t key, bool all)
{
    size_t v = at + key;
    if (v < line.n && (line.p[v] == '"' || line.p[v] == '\''))
        v++;
    if (key == 0 || v >= line.n || line.p[v] != ':')
        return 0;
    v++;
    while (v < line.n && line.p[v] == ' ')
        v++;
    const bool hide = all && !holds_keys(line, v);
    if (!hide && !holds_secret((struct sv){line.p + at, key}) && !is_hash(line, v))
        return 0;
    return v < line.n && strchr(",}\r", line.p[v]) == NULL ? v : 0;
}

static void add_shown(struct strbuf *out, char c)
{
    if (c == '\t')
        strbuf_addc(out, ' ');
    else if (c != '\r')
        strbuf_addc(out, (unsigned char)c < 0x20 || c == 0x7f ? '?' : c);
}

/* Returns where byte `mark` of the line has come to lie in `out`. */
static size_t mask_line(const struct config_finding *f, size_t mark, struct strbuf *out)
{
    const struct sv line = f->in_file;
    size_t marked = SIZE_MAX;
    for (size_t at = 0; at < line.n;) {
        const size_t key = key_length(line, at);
        const size_t value = secret_value(line, at, key, f->hide_values);
        const size_t plain = value != 0 ? value : at + (key != 0 ? key : 1);
        if (marked == SIZE_MAX && mark < plain)
            marked = out->n + (mark - at);
        for (; at < plain; at++)
            add_shown(out, line.p[at]);
        if (value == 0)
            continue;
        at = value_end(line, value);
        if (marked == SIZE_MAX && mark < at)
            marked = out->n;
        strbuf_adds(out, "<secret>");
    }
    return marked != SIZE_MAX ? marked : out->n;
}

void config_finding_line(const struct config_finding *f, struct strbuf *out)
{
    (void)mask_line(f, 0, out);
}

static bool starts_rune(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

/* The byte at which character `col` (from 0) starts. */
static size_t byte_of(struct sv s, size_t col)
{
    size_t at = 0;
    for (size_t seen = 0; at < s.n; at++)
        if (starts_rune(s.p[at]) && seen++ == col)
            break;
    return at;
}

static size_t count_runes(struct sv s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += starts_rune(s.p[i]) ? 1 : 0;
    return n;
}

static void print_line(const struct config_finding *f, struct strbuf *out)
{
    CLEANUP(strbuf_donep) struct strbuf line = {0};
    const size_t mark = mask_line(f, byte_of(f->in_file, f->col > 0 ? (size_t)f->col - 1 : 0), &line);
    const struct sv all = strbuf_sv(&line);
    const size_t col = count_runes((struct sv){all.p, mark});
    const size_t from = col > SHOWN_MAX - 10 ? col - SHOWN_BEFORE : 0;
    const size_t begin = byte_of(all, from), end = byte_of(all, from + SHOWN_MAX);
    const char *before = begin != 0 ? "..." : "";
    strbuf_addf(out, "%5d | %s%.*s%s\n      | %*s^", f->line, before, (int)(end - begin), all.p + begin,
                end < all.n ? "..." : "", (int)(col - from + strlen(before)), "");
    if (f->hint != NULL)
        strbuf_addf(out, " %s", f->hint);
    strbuf_addc(out, '\n');
}

void config_finding_print(const struct config_finding *f, struct strbuf *out)
{
    strbuf_addf(out, "%s:%d:%d: ", f->file, f->line, f->col);
    if (f->severity != CONFIG_ERROR)
        strbuf_addf(out, "%s: ", config_severity_text(f->severity));
    strbuf_adds(out, f->text);
    if (f->rule != NULL)
        strbuf_addf(out, " [%s]", f->rule);
    strbuf_addc(out, '\n');
    if (sv_trim(f->in_file).n != 0)
        print_line(f, out);
    else if (f->hint != NULL)
        strbuf_addf(out, "      %s\n", f->hint);
}
