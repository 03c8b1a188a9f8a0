#include "codec/imtext.h"

#define ZERO_WIDTH_SPACE "\xE2\x80\x8B"

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static void add_dingtalk(struct strbuf *out, struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_one_of(s.p[i], "_*`[]"))
            strbuf_addc(out, '\\');
        else if (s.p[i] == '\n')
            strbuf_adds(out, "  "); /* a line break instead of a space */
        strbuf_addc(out, s.p[i]);
    }
}

static void add_feishu(struct strbuf *out, struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_one_of(s.p[i], "*~><-![]()#:+$_`'\"\\"))
            strbuf_addf(out, "&#%d;", s.p[i]);
        else
            strbuf_addc(out, s.p[i]);
}

static bool follows(struct sv s, size_t at, const char *const *words)
{
    const struct sv rest = {s.p + at, s.n - at};
    for (; *words != NULL; words++) {
        struct sv word = sv_of(*words);
        if (rest.n >= word.n && sv_eq_nocase((struct sv){rest.p, word.n}, word))
            return true;
    }
    return false;
}

/* Splits '<' from the words that would make it a tag. There is no way to escape it. */
static void add_split(struct strbuf *out, struct sv s, const char *const *words, const char *newline)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n')
            strbuf_adds(out, newline);
        else
            strbuf_addc(out, s.p[i]);
        if (s.p[i] == '<' && follows(s, i + 1, words))
            strbuf_adds(out, ZERO_WIDTH_SPACE);
    }
}

void imtext_add(struct strbuf *out, enum imtext platform, struct sv s)
{
    static const char *const wecom_tags[] = {"@", "font", "/font", NULL};
    static const char *const wecom_mentions[] = {"@", NULL};
    static const char *const feishu_mentions[] = {"at", NULL};

    switch (platform) {
    case IMTEXT_DINGTALK:
        add_dingtalk(out, s);
        break;
    case IMTEXT_WECOM:
        add_split(out, s, wecom_tags, "\n> "); /* a quote goes on in the next line */
        break;
    case IMTEXT_FEISHU:
        add_feishu(out, s);
        break;
    case IMTEXT_DINGTALK_PLAIN:
        strbuf_addsv(out, s);
        break;
    case IMTEXT_WECOM_PLAIN:
        add_split(out, s, wecom_mentions, "\n");
        break;
    case IMTEXT_FEISHU_PLAIN:
        add_split(out, s, feishu_mentions, "\n");
        break;
    }
}

bool imtext_named(struct sv name, enum imtext *platform)
{
    static const char *const names[] = {
        [IMTEXT_DINGTALK] = "dingtalk",      [IMTEXT_WECOM] = "wecom",
        [IMTEXT_FEISHU] = "feishu",          [IMTEXT_DINGTALK_PLAIN] = "dingtalk.text",
        [IMTEXT_WECOM_PLAIN] = "wecom.text", [IMTEXT_FEISHU_PLAIN] = "feishu.text",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (sv_eq(name, sv_of(names[i]))) {
            *platform = (enum imtext)i;
            return true;
        }
    return false;
}
