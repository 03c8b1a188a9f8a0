/* The first line is a pattern, the rest its subject. Offsets stay inside the subject, the anchored form
 * matches no more than the free one, and an error has a text. */
#include <assert.h>
#include <stdint.h>

#include "codec/re.h"

#define GROUPS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_match(const struct re *re, struct sv subject)
{
    int at[GROUPS][2];
    const size_t n = re_find(re, subject, 0, at, GROUPS);

    assert((n != 0) == re_match(re, subject));
    assert(n == 0 || n == re_groups(re) + 1);
    for (size_t i = 0; i < n && i < GROUPS; i++) {
        assert((at[i][0] == -1 && at[i][1] == -1) || (0 <= at[i][0] && at[i][0] <= at[i][1]));
        assert(at[i][1] <= (int)subject.n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *newline = size != 0 ? memchr(text, '\n', size) : NULL;
    const size_t n = newline != NULL ? (size_t)(newline - text) : size;
    const struct sv pattern = {text, n};
    const struct sv subject = newline != NULL ? (struct sv){newline + 1, size - n - 1} : SV("");
    struct err err = {0};

    struct re *re = re_new(pattern, &err);
    if (re != NULL)
        check_match(re, subject);
    else
        assert(sv_has_prefix(sv_of(err.text), SV("error parsing regexp: ")));
    re_free(re);

    re = re_new_anchored(pattern, &err);
    if (re != NULL)
        check_match(re, subject);
    re_free(re);
    return 0;
}
