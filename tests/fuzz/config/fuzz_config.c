/* Any text as a configuration: loading never crashes, refuses with words and a position, and what it accepts
 * is printed in a form that is accepted again and prints the same. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "support/config_env.h"

static void report(void *ctx, const struct config_finding *f)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    (void)ctx;
    assert(f->line >= 0 && f->col >= 0 && f->text[0] != '\0');
    config_finding_print(f, &text);
    assert(memchr(text.p, '\0', text.n) == NULL);
}

static void check_routes(const struct config *c)
{
    struct labels *none = labels_empty();
    const struct route *out[1];
    assert(config_routes(c, none, out, 1) >= 1 && out[0]->receiver->used);
    for (size_t i = 0; i < c->n_routes; i++) {
        assert(c->routes[i]->index == i && c->routes[i]->receiver != NULL);
        assert(config_receiver(c, sv_of(c->routes[i]->receiver->name)) == c->routes[i]->receiver);
    }
    labels_unref(none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config_env env = {
        .receivers = test_receivers,
        .matcher_mode = size != 0 ? (enum matcher_mode)(data[size - 1] % 3) : MATCHER_FALLBACK,
        .lint = true,
        .expand_secrets = true,
        .report = report,
    };
    struct strbuf errors = {0};
    struct err err = {0};

    struct config *c =
        config_load((struct sv){(const char *)data, size}, "/etc/am/am.yml", &env, &errors, &err);
    if (c == NULL) {
        assert(err.kind != ERR_NONE && err.text[0] != '\0' && errors.n != 0);
    } else {
        check_routes(c);
        struct config *again = config_load(sv_of(c->original), "/etc/am/am.yml", &env, &errors, &err);
        if (again == NULL || strcmp(again->original, c->original) != 0) {
            (void)fprintf(stderr, "%s\n--- is printed as\n%s\n--- %s\n", again == NULL ? err.text : "differs",
                          c->original, again != NULL ? again->original : "");
            abort();
        }
        config_unref(again);
        config_unref(c);
    }
    strbuf_done(&errors);
    return 0;
}
