#include "tmpl/funcs.h"

#include "base/attr.h"

static const struct tmethod *find(const struct tmethod *const *tables, size_t n, struct sv name)
{
    for (size_t i = 0; i < n; i++)
        for (const struct tmethod *f = tables[i]; f->name != NULL; f++)
            if (sv_eq(sv_of(f->name), name))
                return f;
    return NULL;
}

const struct tmethod *function_find_plain(struct sv name)
{
    static const struct tmethod *const tables[] = {logic_functions, compare_functions, access_functions,
                                                   print_functions};
    return find(tables, COUNT_OF(tables), name);
}

const struct tmethod *function_find(struct sv name)
{
    static const struct tmethod *const tables[] = {text_functions, data_functions, time_functions};
    const struct tmethod *f = find(tables, COUNT_OF(tables), name);
    return f != NULL ? f : function_find_plain(name);
}
