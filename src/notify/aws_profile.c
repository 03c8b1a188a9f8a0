#include "aws_profile.h"

#include "base/mem.h"

/* `[name]`, `[profile name]`, also followed by a comment. */
static bool is_section_of(struct sv line, bool is_config, struct sv name)
{
    const char *end = memchr(line.p, ']', line.n);
    const struct sv prefix = SV("profile");

    if (end == NULL)
        return false;
    struct sv inside = sv_trim((struct sv){line.p + 1, (size_t)(end - line.p) - 1});
    if (is_config && !sv_eq(inside, SV("default"))) {
        if (!sv_has_prefix(inside, prefix) || inside.n == prefix.n || (unsigned char)inside.p[prefix.n] > ' ')
            return false;
        inside = sv_trim((struct sv){inside.p + prefix.n, inside.n - prefix.n});
    }
    return sv_eq(inside, name);
}

static void take_setting(struct aws_profile *out, struct sv line)
{
    const struct {
        const char *key;
        struct sv *to;
    } known[] = {
        {"aws_access_key_id", &out->access_key},
        {"aws_secret_access_key", &out->secret_key},
        {"aws_session_token", &out->session_token},
        {"region", &out->region},
        {"role_arn", &out->role_arn},
        {"external_id", &out->external_id},
        {"source_profile", &out->source_profile},
    };
    const char *eq = memchr(line.p, '=', line.n);

    if (eq == NULL)
        return;
    const size_t n = (size_t)(eq - line.p);
    const struct sv key = sv_trim((struct sv){line.p, n});
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (sv_eq_nocase(key, sv_of(known[i].key)))
            *known[i].to = sv_trim((struct sv){eq + 1, line.n - n - 1});
}

void aws_profile_read(struct sv text, bool is_config, struct sv name, struct aws_profile *out)
{
    bool inside = false;
    struct sv line;

    while (sv_pop_line(&text, &line)) {
        if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';' || (unsigned char)line.p[0] <= ' ')
            continue;
        if (line.p[0] == '[') {
            inside = is_section_of(line, is_config, name);
            out->found |= inside;
        } else if (inside) {
            take_setting(out, line);
        }
    }
}
