#include "tmpl/funcs.h"

#include "base/attr.h"
#include "tmpl/sprig/sprig.h"

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

/* sprig's names of what Alertmanager has under another one. */
static struct sv same_as(struct sv name)
{
    static const char *const names[][2] = {{"upper", "toUpper"}, {"lower", "toLower"}, {"trim", "trimSpace"}};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (sv_eq(name, sv_of(names[i][0])))
            return sv_of(names[i][1]);
    return name;
}

static const struct tmethod *find_added(struct sv name)
{
    static const struct tmethod *const tables[] = {
        sprig_text_functions,   sprig_value_functions, sprig_list_functions, sprig_map_functions,
        sprig_number_functions, sprig_time_functions,  sprig_code_functions, webhook_functions};
    return find(tables, COUNT_OF(tables), name);
}

const struct tmethod *function_find_chat(struct sv name)
{
    const struct tmethod *f = function_find(same_as(name));
    return f != NULL ? f : find_added(name);
}

const struct tmethod *function_find_sprig(struct sv name)
{
    const struct tmethod *f = find_added(name);
    return f != NULL ? f : function_find(same_as(name));
}
