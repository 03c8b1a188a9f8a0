#include <stdlib.h>

#include "base/map.h"
#include "tmpl/escape.h"
#include "tmpl/funcs.h"
#include "tmpl/parse.h"
#include "tmpl/run.h"

#define SET_BYTES_MAX        ((size_t)64 << 20)
#define DEFAULT_OUTPUT_BYTES ((size_t)4 << 20)
#define DEFAULT_STEPS        ((size_t)10000000)
#define DEFAULT_DEPTH        100000

struct tmpl_set {
    struct arena mem;
    struct strmap definitions; /* by name */
};

struct tmpl_set *tmpl_set_new(void)
{
    struct tmpl_set *set = xcalloc(1, sizeof *set);
    arena_init(&set->mem, SET_BYTES_MAX);
    return set;
}

void tmpl_set_free(struct tmpl_set *set)
{
    if (set == NULL)
        return;
    strmap_done(&set->definitions);
    arena_done(&set->mem);
    free(set);
}
