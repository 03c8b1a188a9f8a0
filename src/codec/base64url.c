#include "codec/base64url.h"

#include "codec/digest.h"

void base64url_add(struct strbuf *out, struct sv in)
{
    const size_t start = out->n;

    base64_add(out, in);
    for (size_t i = start; i < out->n; i++)
        if (out->p[i] == '+')
            out->p[i] = '-';
        else if (out->p[i] == '/')
            out->p[i] = '_';
}

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

static bool is_newline(char c)
{
    return c == '\n' || c == '\r';
}

static void skip_newlines(struct sv in, size_t *at)
{
    while (*at < in.n && is_newline(in.p[*at]))
        (*at)++;
}

static bool fail(struct err *err, size_t at)
{
    return err_set(err, ERR_INVALID, "illegal base64 data at input byte %zu", at);
}

/* The padding of a group that has `n` digits; `at` is behind its first '='. */
static bool check_padding(struct sv in, size_t at, int n, struct err *err)
{
    if (n < 2)
        return fail(err, at - 1);
    if (n == 2) {
        skip_newlines(in, &at);
        if (at == in.n || in.p[at] != '=')
            return fail(err, at == in.n ? at : at - 1);
        at++;
    }
    skip_newlines(in, &at);
    return at == in.n || fail(err, at);
}

static void add_bytes(struct strbuf *out, uint32_t bits, int n)
{
    for (int i = 0; i < n; i++)
        strbuf_addc(out, (char)(bits >> (16 - 8 * i) & 0xFF));
}

bool base64url_decode(struct strbuf *out, struct sv in, struct err *err)
{
    uint32_t bits = 0;
    int n = 0;

    for (size_t at = 0; at < in.n; at++) {
        int value = sextet(in.p[at]);
        if (is_newline(in.p[at]))
            continue;
        if (value < 0 && in.p[at] != '=')
            return fail(err, at);
        if (value < 0) {
            if (!check_padding(in, at + 1, n, err))
                return false;
            add_bytes(out, bits << 6 * (4 - n), n - 1);
            return true;
        }
        bits = bits << 6 | (uint32_t)value;
        if (++n == 4) {
            add_bytes(out, bits, 3);
            bits = 0;
            n = 0;
        }
    }
    return n == 0 || fail(err, in.n - (size_t)n);
}
