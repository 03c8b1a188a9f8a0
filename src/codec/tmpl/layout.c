#include "tmpl/layout.h"

#include "tmpl/chars.h"

const char *const month_names[12] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
const char *const weekday_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                      "Thursday", "Friday", "Saturday"};

/* Longer spellings come before those they begin with. `word`: no lower-case letter may follow. */
static const struct spelling {
    const char *text;
    struct chunk chunk;
    bool word;
} spellings[] = {
    {"January", {.kind = CHUNK_LONG_MONTH}, false},
    {"Jan", {.kind = CHUNK_MONTH}, true},
    {"Monday", {.kind = CHUNK_LONG_WEEKDAY}, false},
    {"Mon", {.kind = CHUNK_WEEKDAY}, true},
    {"MST", {.kind = CHUNK_ZONE_NAME}, false},
    {"002", {.kind = CHUNK_ZERO_YEARDAY}, false},
    {"01", {.kind = CHUNK_ZERO_MONTH}, false},
    {"02", {.kind = CHUNK_ZERO_DAY}, false},
    {"03", {.kind = CHUNK_ZERO_HOUR12}, false},
    {"04", {.kind = CHUNK_ZERO_MINUTE}, false},
    {"05", {.kind = CHUNK_ZERO_SECOND}, false},
    {"06", {.kind = CHUNK_YEAR}, false},
    {"15", {.kind = CHUNK_HOUR}, false},
    {"1", {.kind = CHUNK_NUM_MONTH}, false},
    {"2006", {.kind = CHUNK_LONG_YEAR}, false},
    {"2", {.kind = CHUNK_DAY}, false},
    {"__2", {.kind = CHUNK_UNDER_YEARDAY}, false},
    {"_2", {.kind = CHUNK_UNDER_DAY}, false},
    {"3", {.kind = CHUNK_HOUR12}, false},
    {"4", {.kind = CHUNK_MINUTE}, false},
    {"5", {.kind = CHUNK_SECOND}, false},
    {"PM", {.kind = CHUNK_UPPER_PM}, false},
    {"pm", {.kind = CHUNK_LOWER_PM}, false},
    {"-070000", {.kind = CHUNK_OFFSET, .minutes = true, .seconds = true}, false},
    {"-07:00:00", {.kind = CHUNK_OFFSET, .colon = true, .minutes = true, .seconds = true}, false},
    {"-0700", {.kind = CHUNK_OFFSET, .minutes = true}, false},
    {"-07:00", {.kind = CHUNK_OFFSET, .colon = true, .minutes = true}, false},
    {"-07", {.kind = CHUNK_OFFSET}, false},
    {"Z070000", {.kind = CHUNK_OFFSET, .zulu = true, .minutes = true, .seconds = true}, false},
    {"Z07:00:00",
     {.kind = CHUNK_OFFSET, .zulu = true, .colon = true, .minutes = true, .seconds = true},
     false},
    {"Z0700", {.kind = CHUNK_OFFSET, .zulu = true, .minutes = true}, false},
    {"Z07:00", {.kind = CHUNK_OFFSET, .zulu = true, .colon = true, .minutes = true}, false},
    {"Z07", {.kind = CHUNK_OFFSET, .zulu = true}, false},
};

/* ".000" or ",999", and no digit behind. */
static bool fraction_at(struct sv s, struct chunk *c)
{
    size_t i = 1;

    if (s.n < 2 || (s.p[0] != '.' && s.p[0] != ',') || (s.p[1] != '0' && s.p[1] != '9'))
        return false;
    while (i < s.n && s.p[i] == s.p[1])
        i++;
    if (i < s.n && char_is_digit(s.p[i]))
        return false;
    *c = (struct chunk){.kind = CHUNK_FRACTION, .text = {s.p, i}, .trim = s.p[1] == '9'};
    return true;
}

static bool chunk_at(struct sv s, struct chunk *c)
{
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        const struct spelling *sp = &spellings[i];
        const struct sv text = sv_of(sp->text);
        if (!sv_has_prefix(s, text))
            continue;
        if (sp->word && s.n > text.n && s.p[text.n] >= 'a' && s.p[text.n] <= 'z')
            continue;
        if (sp->chunk.kind == CHUNK_UNDER_DAY && sv_has_prefix(s, SV("_2006")))
            continue; /* an underscore and the year */
        *c = sp->chunk;
        c->text = (struct sv){s.p, text.n};
        return true;
    }
    return fraction_at(s, c);
}

struct chunk layout_next(struct sv layout, struct sv *before, struct sv *after)
{
    struct chunk c;

    for (size_t i = 0; i < layout.n; i++)
        if (chunk_at((struct sv){layout.p + i, layout.n - i}, &c)) {
            const size_t end = i + c.text.n;
            *before = (struct sv){layout.p, i};
            *after = (struct sv){layout.p + end, layout.n - end};
            return c;
        }
    *before = layout;
    *after = SV("");
    return (struct chunk){.kind = CHUNK_NONE};
}
