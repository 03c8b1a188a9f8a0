#include "standin.h"

#include "codec/htmlesc.h"

#define ALERTS_SHOWN 10

static void add_word(struct strbuf *out, struct sv word)
{
    if (word.n == 0)
        return;
    strbuf_addc(out, ' ');
    strbuf_addsv(out, word);
}

static void add_heading(struct strbuf *out, const struct delivery *d)
{
    size_t firing = 0;

    for (size_t i = 0; i < d->n_alerts; i++)
        firing += d->alerts[i].firing;
    strbuf_addf(out, "[%s:%zu]", firing != 0 ? "FIRING" : "RESOLVED", firing != 0 ? firing : d->n_alerts);
    for (size_t i = 0; i < d->group_labels->n; i++)
        add_word(out, istr_sv(d->group_labels->v[i].value));
}

static void add_alert(struct strbuf *out, const struct delivery_alert *a)
{
    strbuf_adds(out, a->firing ? "\nFIRING" : "\nRESOLVED");
    add_word(out, labels_get(a->alert->labels, SV("severity")));
    add_word(out, labels_get(a->alert->labels, SV("alertname")));
    add_word(out, labels_get(a->alert->labels, SV("instance")));
    add_word(out, labels_get(a->alert->annotations, SV("summary")));
}

static void add_message(struct strbuf *out, const struct render *r, const struct err *why)
{
    const struct delivery *d = r->delivery;

    add_heading(out, d);
    for (size_t i = 0; i < d->n_alerts && i < ALERTS_SHOWN; i++)
        add_alert(out, &d->alerts[i]);
    if (d->n_alerts > ALERTS_SHOWN)
        strbuf_addf(out, "\n+%zu more", d->n_alerts - ALERTS_SHOWN);
    strbuf_addf(out, "\n%s/#/alerts\n(plain text: the template of this message failed: %s)", r->external_url,
                why->text);
}

static void escape_lines(struct strbuf *out, struct sv text)
{
    while (text.n != 0) {
        const char *newline = memchr(text.p, '\n', text.n);
        const size_t n = newline != NULL ? (size_t)(newline - text.p) : text.n;
        htmlesc_add(out, (struct sv){text.p, n});
        strbuf_adds(out, newline != NULL ? "<br>\n" : "");
        text = newline != NULL ? (struct sv){newline + 1, text.n - n - 1} : SV("");
    }
}

bool standin_text(struct render *r, bool html, const struct err *why, struct sv *out)
{
    CLEANUP(strbuf_donep) struct strbuf plain = {0}, escaped = {0};

    add_message(&plain, r, why);
    if (html)
        escape_lines(&escaped, strbuf_sv(&plain));
    const struct strbuf *text = html ? &escaped : &plain;
    *out = (struct sv){arena_strndup(r->mem, text->p, text->n), text->n};
    return out->p != NULL;
}
