#include "tmpl/regex.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "tmpl/chars.h"

#define REGEXES_MAX  1024 /* different patterns in one execution */
#define COMPILE_COST 1000 /* in steps */
#define GROUPS_MAX   64   /* of those that a replacement can name */

struct regex_cache {
    struct entry {
        struct sv pattern; /* in the run's arena */
        struct re *re;
    } v[REGEXES_MAX];
    size_t n;
};

static const struct re *compile(struct tmpl_run *run, struct sv pattern, struct err *err)
{
    struct regex_cache *cache = run->regexes;

    if (cache->n == REGEXES_MAX) {
        (void)err_set(err, ERR_LIMIT, "too many regular expressions");
        return NULL;
    }
    if (!function_spend(run, COMPILE_COST, err))
        return NULL;
    const char *copy = arena_strndup(run->mem, pattern.p, pattern.n);
    if (copy == NULL) {
        (void)fail_memory(err);
        return NULL;
    }
    struct re *re = re_new(pattern, err);
    if (re != NULL)
        cache->v[cache->n++] = (struct entry){{copy, pattern.n}, re};
    return re;
}

const struct re *regex_get(struct tmpl_run *run, struct sv pattern, struct err *err)
{
    if (run->regexes == NULL)
        run->regexes = xcalloc(1, sizeof *run->regexes);
    for (size_t i = 0; i < run->regexes->n; i++)
        if (sv_eq(run->regexes->v[i].pattern, pattern))
            return run->regexes->v[i].re;
    return compile(run, pattern, err);
}

void regexes_free(struct regex_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < cache->n; i++)
        re_free(cache->v[i].re);
    free(cache);
}

/* ---- replacement ---- */

static bool is_word(char c)
{
    return c == '_' || char_is_alnum(c);
}

/* The group name behind a '$', and how long it is in the template; 0: none. */
static size_t group_reference(struct sv after, struct sv *name)
{
    bool braced = after.n != 0 && after.p[0] == '{';
    size_t i = braced ? 1 : 0, start = i;

    while (i < after.n && is_word(after.p[i]))
        i++;
    *name = (struct sv){after.p + start, i - start};
    if (i == start || (braced && (i == after.n || after.p[i] != '}')))
        return 0;
    return braced ? i + 1 : i;
}

static int group_index(const struct re *re, struct sv name)
{
    int index = 0;
    for (size_t i = 0; i < name.n; i++) {
        if (!char_is_digit(name.p[i]))
            return re_group_named(re, name);
        index = index < GROUPS_MAX ? index * 10 + (name.p[i] - '0') : GROUPS_MAX;
    }
    return index;
}

static void expand(const struct re *re, struct sv with, struct sv s, int (*at)[2], size_t n_groups,
                   struct strbuf *out)
{
    struct sv name;

    for (size_t i = 0; i < with.n;) {
        const char *dollar = memchr(with.p + i, '$', with.n - i);
        size_t end = dollar != NULL ? (size_t)(dollar - with.p) : with.n;
        strbuf_add(out, with.p + i, end - i);
        i = end + 1;
        if (dollar == NULL)
            break;
        if (i < with.n && with.p[i] == '$') {
            strbuf_addc(out, '$');
            i++;
            continue;
        }
        size_t len = group_reference((struct sv){with.p + i, with.n - i}, &name);
        if (len == 0) {
            strbuf_addc(out, '$');
            continue;
        }
        int group = group_index(re, name);
        if (group >= 0 && (size_t)group < n_groups && at[group][0] >= 0)
            strbuf_add(out, s.p + at[group][0], (size_t)(at[group][1] - at[group][0]));
        i += len;
    }
}

bool regex_replace_all(struct tmpl_run *run, const struct re *re, struct sv with, struct sv s,
                       struct strbuf *out, struct err *err)
{
    int at[GROUPS_MAX][2];
    size_t copied = 0, from = 0;
    uint32_t rune;

    while (from <= s.n && !out->overflow) {
        if (!function_spend(run, 1 + (s.n - from) / 1024, err)) /* a search may look at all the rest */
            return false;
        size_t n_groups = re_find(re, s, from, at, GROUPS_MAX);
        if (n_groups == 0)
            break;
        const size_t start = (size_t)at[0][0], end = (size_t)at[0][1];
        strbuf_add(out, s.p + copied, start - copied);
        /* an empty match right behind the match before is none */
        if (end > copied || start == 0)
            expand(re, with, s, at, n_groups < GROUPS_MAX ? n_groups : GROUPS_MAX, out);
        copied = end;
        from = end > start ? end
               : end < s.n ? end + utf8_decode((struct sv){s.p + end, s.n - end}, &rune, NULL)
                           : s.n + 1;
    }
    strbuf_add(out, s.p + copied, s.n - copied);
    return true;
}
