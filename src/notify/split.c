#include "split.h"

#include <assert.h>
#include <stdbool.h>

#include "base/utf8.h"

/* What a cut may add: "</font>", or a newline and a fence; twice as much when JSON escapes the newline. */
#define CLOSE_RESERVE 16

/* Half of what a new element of a card takes: there are two newlines in front of it. */
#define CARD_NEWLINE 20

#define MAX_LINK 2048
#define MAX_TAG  128

/* How good a place is for a cut. */
enum { CUT_RUNE, CUT_LINE, CUT_PARAGRAPH, CUT_BLOCK, CUT_LEVELS };

/* Markup that is open at a place in the text. */
struct open {
    struct sv font; /* the opening tag */
    bool fence;
};

static size_t rune_cost(struct sv rune, enum split_measure measure)
{
    if (measure == SPLIT_BYTES)
        return rune.n;
    if (measure == SPLIT_CARD && rune.p[0] == '\n')
        return CARD_NEWLINE;
    switch (rune.p[0]) {
    case '"':
    case '\\':
    case '\n':
    case '\r':
    case '\t':
    case '\b':
    case '\f':
        return 2;
    default:
        break;
    }
    const bool separator =
        rune.n == 3 && (memcmp(rune.p, "\xe2\x80\xa8", 3) == 0 || memcmp(rune.p, "\xe2\x80\xa9", 3) == 0);
    return separator || (unsigned char)rune.p[0] < 0x20 ? 6 : rune.n;
}

static struct sv rune_at(struct sv text, size_t at)
{
    uint32_t rune;
    const struct sv rest = {text.p + at, text.n - at};
    return (struct sv){rest.p, utf8_decode(rest, &rune, NULL)};
}

size_t split_cost(struct sv text, enum split_measure measure)
{
    size_t cost = 0;

    if (measure == SPLIT_BYTES)
        return text.n;
    for (size_t at = 0; at < text.n;) {
        const struct sv rune = rune_at(text, at);
        cost += rune_cost(rune, measure);
        at += rune.n;
    }
    return cost;
}

/* The end of the longest run of whole characters from `from` that costs at most `budget`. */
static size_t window_end(struct sv text, size_t from, enum split_measure measure, size_t budget)
{
    size_t at = from, cost = 0;

    while (at < text.n) {
        const struct sv rune = rune_at(text, at);
        cost += rune_cost(rune, measure);
        if (cost > budget)
            break;
        at += rune.n;
    }
    return at;
}

/* Runes that belong to the one before them: combining marks, variation selectors, joiners, skin tones, tags.
 */
static bool extends(uint32_t rune)
{
    static const uint32_t ranges[][2] = {
        {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},   {0x064B, 0x065F},   {0x0E31, 0x0E3A},
        {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},   {0x200D, 0x200D},   {0x20D0, 0x20FF},
        {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0x1F3FB, 0x1F3FF}, {0xE0020, 0xE007F}, {0xE0100, 0xE01EF},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (rune >= ranges[i][0] && rune <= ranges[i][1])
            return true;
    return false;
}

/* The end of the character that starts at `at`, with everything that belongs to it. */
static size_t cluster_end(struct sv text, size_t at)
{
    uint32_t rune, last;

    at += utf8_decode((struct sv){text.p + at, text.n - at}, &last, NULL);
    while (at < text.n) {
        const size_t n = utf8_decode((struct sv){text.p + at, text.n - at}, &rune, NULL);
        if (!extends(rune) && last != 0x200D)
            break;
        last = rune;
        at += n;
    }
    return at;
}

static bool starts(struct sv text, size_t at, const char *with)
{
    const size_t n = strlen(with);
    return text.n - at >= n && memcmp(text.p + at, with, n) == 0;
}

/* The offset behind `c` on the line of `at`, or 0: not there, or too far away. */
static size_t behind(struct sv text, size_t at, char c, size_t limit)
{
    const size_t end = text.n - at < limit ? text.n : at + limit;

    for (; at < end && text.p[at] != '\n'; at++)
        if (text.p[at] == c)
            return at + 1;
    return 0;
}

/* The end of the [text](url) that starts at `at`, or 0. */
static size_t link_end(struct sv text, size_t at)
{
    const size_t url = behind(text, at, ']', MAX_LINK);

    if (url == 0 || url >= text.n || text.p[url] != '(')
        return 0;
    return behind(text, url, ')', MAX_LINK);
}

/* The end of the <font ...>, </font> or <@user> that starts at `at`, or 0. */
static size_t tag_end(struct sv text, size_t at)
{
    if (!starts(text, at, "<font") && !starts(text, at, "</font") && !starts(text, at, "<@"))
        return 0;
    return behind(text, at, '>', MAX_TAG);
}

/* Walks over the smallest thing at `at` that a cut must not divide, and keeps track of what it opens. */
static size_t atom_end(struct sv text, size_t at, struct open *open)
{
    const bool line_start = at == 0 || text.p[at - 1] == '\n';

    if (line_start && starts(text, at, "```")) {
        open->fence = !open->fence;
        return at + 3;
    }
    if (open->fence)
        return cluster_end(text, at);
    if (text.p[at] == '[') {
        const size_t end = link_end(text, at);
        if (end != 0)
            return end;
    }
    const size_t end = text.p[at] == '<' ? tag_end(text, at) : 0;
    if (end == 0)
        return cluster_end(text, at);
    if (starts(text, at, "<font"))
        open->font = (struct sv){text.p + at, end - at};
    else if (starts(text, at, "</font"))
        open->font = (struct sv){0};
    return end;
}

static bool block_start(struct sv text, size_t at)
{
    return starts(text, at, "**") || starts(text, at, "<font") || starts(text, at, "#") ||
           starts(text, at, "---");
}

static int cut_level(struct sv text, size_t at, const struct open *open)
{
    if (text.p[at - 1] != '\n')
        return CUT_RUNE;
    if (open->fence || at < 2 || text.p[at - 2] != '\n')
        return CUT_LINE;
    return block_start(text, at) ? CUT_BLOCK : CUT_PARAGRAPH;
}

struct cut {
    size_t at;
    struct open open; /* at the cut */
};

/* The best place to cut text[from, end): the highest level whose last place does not leave the part nearly
 * empty. When not even one atom fits, an atom has to be divided between characters. */
static struct cut find_cut(struct sv text, size_t from, size_t end, struct open open)
{
    struct cut best[CUT_LEVELS] = {0};
    const struct open before = open;

    for (size_t at = from; at < end;) {
        at = atom_end(text, at, &open);
        if (at > end)
            break;
        const int level = at < text.n ? cut_level(text, at, &open) : CUT_BLOCK;
        best[level] = (struct cut){at, open};
    }
    for (int level = CUT_BLOCK; level >= CUT_LINE; level--)
        if (best[level].at > from + (end - from) / 4)
            return best[level];
    struct cut last = {0};
    for (int level = CUT_RUNE; level < CUT_LEVELS; level++)
        if (best[level].at > last.at)
            last = best[level];
    return last.at > from ? last : (struct cut){end, before};
}

static void reopen(struct strbuf *out, const struct open *open)
{
    if (open->fence)
        strbuf_adds(out, "```\n");
    else
        strbuf_addsv(out, open->font);
}

static void close_open(struct strbuf *out, const struct open *open)
{
    if (open->fence)
        strbuf_adds(out, out->n != 0 && out->p[out->n - 1] == '\n' ? "```" : "\n```");
    else if (open->font.n != 0)
        strbuf_adds(out, "</font>");
}

struct splitter {
    struct sv text;
    enum split_measure measure;
    size_t at; /* where the next part starts */
    struct open open;
    struct strbuf part;
};

static bool rest_fits(const struct splitter *s, size_t budget)
{
    const struct sv rest = {s->text.p + s->at, s->text.n - s->at};
    return split_cost(strbuf_sv(&s->part), s->measure) + split_cost(rest, s->measure) <= budget;
}

/* Leaves the next part in s->part. */
static void next_part(struct splitter *s, size_t budget, size_t reserve)
{
    strbuf_reset(&s->part);
    reopen(&s->part, &s->open);
    if (rest_fits(s, budget)) {
        strbuf_add(&s->part, s->text.p + s->at, s->text.n - s->at);
        s->at = s->text.n;
        return;
    }
    const size_t fixed = split_cost(strbuf_sv(&s->part), s->measure) + CLOSE_RESERVE + reserve;
    const size_t room = budget > fixed + 8 ? budget - fixed : 8;
    const size_t end = window_end(s->text, s->at, s->measure, room);
    const struct cut cut = find_cut(s->text, s->at, end, s->open);
    strbuf_add(&s->part, s->text.p + s->at, cut.at - s->at);
    s->at = cut.at;
    s->open = cut.open;
    close_open(&s->part, &s->open);
}

struct split split_text(struct sv text, enum split_measure measure, size_t budget, size_t max_parts,
                        size_t last_reserve, struct arena *mem)
{
    struct splitter s = {.text = text, .measure = measure};
    struct split out = {.parts = ARENA_ARRAY(mem, struct sv, max_parts)};

    assert(budget >= SPLIT_MIN_BUDGET && max_parts > 0);
    if (out.parts == NULL)
        return out;
    do {
        next_part(&s, budget, out.n + 1 == max_parts ? last_reserve : 0);
        const char *copy = arena_strndup(mem, s.part.n != 0 ? s.part.p : "", s.part.n);
        out.parts[out.n++] = (struct sv){copy, copy != NULL ? s.part.n : 0};
    } while (s.at < text.n && out.n < max_parts);
    out.rest = (struct sv){text.p + s.at, text.n - s.at};
    strbuf_done(&s.part);
    return out;
}
