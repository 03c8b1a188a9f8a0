#include "head.h"

#include <string.h>

struct seen {
    unsigned host, content_length, transfer_encoding;
};

/* The line without its end; false when there is none left. */
static bool next_line(struct sv *rest, struct sv *line)
{
    const char *lf = rest->n != 0 ? memchr(rest->p, '\n', rest->n) : NULL;
    if (lf == NULL)
        return false;
    const size_t n = (size_t)(lf - rest->p);
    *line = (struct sv){rest->p, n};
    *rest = (struct sv){lf + 1, rest->n - n - 1};
    if (line->n != 0 && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

static void count(struct seen *seen, struct sv line)
{
    const char *colon = memchr(line.p, ':', line.n);
    if (colon == NULL)
        return;
    const struct sv name = {line.p, (size_t)(colon - line.p)};
    if (sv_eq_nocase(name, SV("host")))
        seen->host++;
    else if (sv_eq_nocase(name, SV("content-length")))
        seen->content_length++;
    else if (sv_eq_nocase(name, SV("transfer-encoding")))
        seen->transfer_encoding++;
}

const char *head_fault(struct sv raw, bool http11)
{
    struct seen seen = {0};
    struct sv line;
    bool more = true;
    do { /* h2o skips empty lines before the request line */
        more = next_line(&raw, &line);
    } while (more && line.n == 0);
    while (more && next_line(&raw, &line) && line.n != 0) {
        if (line.p[0] == ' ' || line.p[0] == '\t')
            return "folded header line";
        count(&seen, line);
    }

    if (http11 && seen.host == 0)
        return "missing required Host header";
    if (seen.host > 1)
        return "too many Host headers";
    if (seen.content_length > 1)
        return "too many Content-Length headers";
    if (seen.transfer_encoding > 1 || (seen.transfer_encoding != 0 && seen.content_length != 0))
        return "ambiguous message length";
    if (seen.transfer_encoding != 0 && !http11)
        return "Transfer-Encoding needs HTTP/1.1";
    return NULL;
}
