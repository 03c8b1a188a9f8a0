/* Objects of the model layer, built the short way for tests. */
#pragma once

#include "model/labels.h"

/* labels_of("job", "api", "instance", "a", NULL): in any order, empty values kept. */
static inline struct labels *labels_of_list(const char *const *text)
{
    struct label_sv pairs[32];
    size_t n = 0;

    for (; n < COUNT_OF(pairs) && text[2 * n] != NULL; n++)
        pairs[n] = (struct label_sv){sv_of(text[2 * n]), sv_of(text[2 * n + 1])};
    n = label_sv_normalize(pairs, n, false);
    return labels_new(pairs, n);
}
#define labels_of(...) labels_of_list((const char *const[]){__VA_ARGS__})
