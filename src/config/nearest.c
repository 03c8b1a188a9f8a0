/* "Did you mean": which of the known names is nearest to what was written. */
#include "decode.h"

/* Edits that turn one word into the other: inserted, dropped, changed or swapped letters. */
static size_t distance(struct sv a, struct sv b)
{
    enum { MAX = 48 };
    size_t rows[3][MAX + 1];
    if (a.n > MAX || b.n > MAX)
        return SIZE_MAX;
    size_t *before = rows[0], *above = rows[1], *here = rows[2];
    for (size_t k = 0; k <= b.n; k++)
        above[k] = k;
    for (size_t i = 1; i <= a.n; i++) {
        here[0] = i;
        for (size_t k = 1; k <= b.n; k++) {
            size_t best = above[k - 1] + (a.p[i - 1] != b.p[k - 1] ? 1 : 0);
            if (above[k] + 1 < best)
                best = above[k] + 1;
            if (here[k - 1] + 1 < best)
                best = here[k - 1] + 1;
            const bool swapped = i > 1 && k > 1 && a.p[i - 1] == b.p[k - 2] && a.p[i - 2] == b.p[k - 1];
            if (swapped && before[k - 2] + 1 < best)
                best = before[k - 2] + 1;
            here[k] = best;
        }
        size_t *reused = before;
        before = above;
        above = here;
        here = reused;
    }
    return above[b.n];
}

/* More than a third of the letters differ: that is another word. */
void nearest_try(struct nearest *best, struct sv written, struct sv candidate)
{
    const size_t limit = best->name.n != 0 ? best->edits : written.n / 3 + 1;
    const size_t edits = distance(written, candidate);
    if (edits >= limit)
        return;
    *best = (struct nearest){candidate, edits};
}
