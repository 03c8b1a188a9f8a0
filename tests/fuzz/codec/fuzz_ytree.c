/* Any text: reading ends quickly, never crashes, and every node of the result can be walked and shown. */
#include <assert.h>
#include <stdint.h>

#include "codec/ytree.h"

static size_t walk(const struct ytree *n, int depth)
{
    assert(depth <= YTREE_MAX_DEPTH && n->line > 0 && n->col > 0);
    if (n->kind == YTREE_SCALAR) {
        bool flag;
        int64_t whole;
        double number;
        assert(n->text.p[n->text.n] == '\0');
        const enum ytree_type type = ytree_type(n);
        if (ytree_bool(n, &flag))
            assert(type == YT_BOOL);
        if (ytree_int(n, &whole))
            assert(type == YT_INT || type == YT_FLOAT);
        if (ytree_float(n, &number))
            assert(type == YT_INT || type == YT_FLOAT);
        return 1;
    }
    size_t nodes = 1;
    const size_t items = n->kind == YTREE_MAP ? 2 * n->n : n->n;
    for (size_t i = 0; i < items; i++)
        nodes += walk(n->items[i], depth + 1);
    return nodes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena mem;
    struct ytree *root;
    struct err err;
    struct strbuf shown = {0};

    arena_init(&mem, (size_t)256 << 20);
    if (ytree_parse((struct sv){(const char *)data, size}, &mem, &root, &err)) {
        if (root != NULL) {
            walk(root, 1);
            ytree_show(root, &shown);
            (void)ytree_get(root, "a");
        }
    } else {
        assert(err.kind != ERR_NONE && err.text[0] != '\0' && root == NULL);
    }
    strbuf_done(&shown);
    arena_done(&mem);
    return 0;
}
