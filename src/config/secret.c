#include "secret.h"

#include <stdlib.h>
#include <string.h>

#include "slurp.h"

#define CREDENTIAL_MAX ((size_t)1 << 20) /* systemd's own limit */

/* The environment does not change after the start: nothing in this program calls setenv(). */
static bool find_env(struct decoder *d, const struct ytree *node, const char *name, struct sv *out)
{
    const char *value = getenv(name);
    if (value == NULL)
        return decode_fail(d, node, "environment variable %s is not set", name);
    if (value[0] == '\0')
        return decode_fail(d, node, "environment variable %s is empty", name);
    *out = sv_of(decode_keep(d, sv_of(value)));
    return true;
}

static bool find_credential(struct decoder *d, const struct ytree *node, const char *name, struct sv *out)
{
    CLEANUP(strbuf_donep) struct strbuf path = {0}, text = {0};
    struct err err;
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    if (dir == NULL) {
        decode_fail(d, node, "credential %s: $CREDENTIALS_DIRECTORY is not set", name);
        decode_hint(d, "systemd sets it: add LoadCredential=%s:/path to the unit", name);
        return false;
    }
    strbuf_addf(&path, "%s/%s", dir, name);
    if (!slurp(path.p, &text, &err))
        return decode_fail(d, node, "credential %s: %s", name, err.text);
    const struct sv value = sv_trim(strbuf_sv(&text));
    if (value.n == 0 || value.n > CREDENTIAL_MAX || memchr(value.p, '\0', value.n) != NULL)
        return decode_fail(d, node, "credential %s is empty, too long, or no text", name);
    *out = sv_of(decode_keep(d, value));
    return true;
}

static const struct origin {
    struct sv prefix;
    const char *form;
    bool (*find)(struct decoder *d, const struct ytree *node, const char *name, struct sv *out);
} origins[] = {
    {{"${env:", 6}, "${env:NAME}", find_env},
    {{"${credential:", 13}, "${credential:NAME}", find_credential},
};

static const struct origin *origin_of(struct sv text)
{
    for (size_t i = 0; i < COUNT_OF(origins); i++)
        if (sv_has_prefix(text, origins[i].prefix))
            return &origins[i];
    return NULL;
}

bool secret_is_reference(struct sv text)
{
    return origin_of(text) != NULL;
}

/* Of a variable, and of a file: no slash, and nothing that begins with a dot. */
static bool name_is_valid(struct sv name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '\0' || strchr(letters, name.p[i]) == NULL)
            return false;
    return name.n != 0 && name.p[0] != '.';
}

bool secret_resolve(struct decoder *d, const struct ytree *node, struct sv text, struct sv *out)
{
    const struct origin *o = origin_of(text);
    *out = text;
    if (o == NULL)
        return true;
    struct sv name = {text.p + o->prefix.n, text.n - o->prefix.n};
    const bool closed = name.n != 0 && name.p[name.n - 1] == '}';
    name.n -= closed ? 1 : 0;
    if (!closed || !name_is_valid(name))
        return decode_fail(d, node, "malformed reference to a secret: the whole value has to be %s", o->form);
    return !d->env->expand_secrets || o->find(d, node, decode_keep(d, name), out);
}

const char *secret_mask_quotes(struct decoder *d, const char *text)
{
    CLEANUP(strbuf_donep) struct strbuf out = {0};
    for (const char *p = text; *p != '\0';) {
        const char *end = *p == '"' ? p + 1 : NULL;
        while (end != NULL && *end != '\0' && *end != '"')
            end += *end == '\\' && end[1] != '\0' ? 2 : 1;
        if (end == NULL) {
            strbuf_addc(&out, *p++);
            continue;
        }
        if (end - p <= 2) /* a character alone says what is wrong, and gives nothing away */
            strbuf_add(&out, p, (size_t)(end - p));
        else
            strbuf_adds(&out, "\"<secret>");
        strbuf_addc(&out, '"');
        p = *end != '\0' ? end + 1 : end;
    }
    return decode_keep(d, strbuf_sv(&out));
}
