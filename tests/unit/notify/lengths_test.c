/* Texts that a service takes only up to a length are cut there, the ellipsis included; and no earlier. */
#include "fixture.h"

static size_t longest_run(struct sv text, char c)
{
    size_t longest = 0, run = 0;

    for (size_t i = 0; i < text.n; i++) {
        run = text.p[i] == c ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static size_t kept(const char *type, const char *settings, size_t n, bool *ellipsis)
{
    char *text = xcalloc(1, n + 1);
    struct strbuf all = {0};
    struct fixture f;

    memset(text, '~', n);
    const char *place = strstr(settings, "TEXT");
    strbuf_add(&all, settings, (size_t)(place - settings));
    strbuf_add(&all, text, n);
    strbuf_adds(&all, place + 4);
    fixture_start(&f, type, all.p, true);
    fixture_must_render(&f);
    const size_t run = longest_run(f.request.body, '~');
    *ellipsis = memmem(f.request.body.p, f.request.body.n, "~\xe2\x80\xa6", 4) != NULL;
    fixture_end(&f);
    strbuf_done(&all);
    free(text);
    return run;
}

TEST(lengths, texts_are_cut_at_the_limits)
{
    static const struct {
        const char *type, *settings;
        size_t max;
    } rows[] = {
        {"slack", "{api_url: 'http://x', title: 'TEXT', title_link: '', fallback: ''}", 1024}, /* */
        {"opsgenie", "{api_key: k, message: 'TEXT'}", 130},                                    /* */
        {"victorops", "{api_key: k, routing_key: r, state_message: 'TEXT'}", 20480},           /* */
        {"discord", "{webhook_url: 'http://x', title: 'TEXT'}", 256},                          /* */
        {"discord", "{webhook_url: 'http://x', message: 'TEXT'}", 4096},
        {"discord", "{webhook_url: 'http://x', content: 'TEXT'}", 2000},
        {"mattermost", "{webhook_url: 'http://x', text: 'TEXT', fallback: '', attachments: [{text: a}]}",
         16383}, /* */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool cut;
        size_t n = kept(rows[i].type, rows[i].settings, rows[i].max, &cut);
        FAIL_IF(n != rows[i].max || cut, "%s %s: %zu of the limit", rows[i].type, rows[i].settings, n);
        n = kept(rows[i].type, rows[i].settings, rows[i].max + 1, &cut);
        FAIL_IF(n != rows[i].max - 1 || !cut, "%s %s: %zu of one more", rows[i].type, rows[i].settings, n);
    }
}
