#include "wecom_card.h"

#include "compose.h"
#include "im.h"
#include "text.h"

#define FIELDS_MAX 6
#define JUMPS_MAX  3
#define GROUP_URL  "{{ template \"__alertmanagerURL\" . }}"

/* What clients show of a card's texts, in characters. */
#define CARD_SOURCE     13
#define CARD_TITLE      26
#define CARD_TEXT       30
#define CARD_EMPHASIS   10
#define CARD_EMPHASIZED 15
#define CARD_SUB_TITLE  112
#define CARD_KEY        5
#define CARD_VALUE      26
#define CARD_JUMP       13

/* ---- settings ---- */

static bool check_pair(struct decoder *d, const struct ytree *node, void *object)
{
    const struct wecom_pair *pair = object;

    return (is_set(pair->title) && is_set(pair->value)) ||
           decode_fail(d, node, "template_card: an item needs both a title and what belongs to it");
}

#define PAIR_FIELD(name, member, field_doc)                                                                  \
    {                                                                                                        \
        .key = (name), .kind = FIELD_STRING, .offset = offsetof(struct wecom_pair, member),                  \
        .flags = FIELD_TMPL | FIELD_REQUIRED, .doc = (field_doc)                                             \
    }
static const struct field fact_fields[] = {
    PAIR_FIELD("title", title, "What it is, at most 5 characters."),
    PAIR_FIELD("value", value, "The fact; one that is empty is left out."),
    {0},
};
static const struct schema fact_schema = {.name = "wecom card field",
                                          .go_type = "config.plain",
                                          .size = sizeof(struct wecom_pair),
                                          .fields = fact_fields,
                                          .check = check_pair};
static const struct field jump_fields[] = {
    PAIR_FIELD("title", title, "The text of the link, at most 13 characters."),
    PAIR_FIELD("url", value, "Where it leads; without an address it is left out."),
    {0},
};
static const struct schema jump_schema = {.name = "wecom card jump",
                                          .go_type = "config.plain",
                                          .size = sizeof(struct wecom_pair),
                                          .fields = jump_fields,
                                          .check = check_pair};

#define CARD_LIST(member, schema, text)                                                                      \
    {                                                                                                        \
        .key = #member, .kind = FIELD_LIST, .offset = offsetof(struct wecom_card, member), .sub = (schema),  \
        .flags = FIELD_VALUES, .doc = (text)                                                                 \
    }
#define CARD_FIELD(member, field_def, field_doc)                                                             \
    {                                                                                                        \
        .key = #member, .kind = FIELD_STRING, .offset = offsetof(struct wecom_card, member),                 \
        .def = (field_def), .flags = FIELD_TMPL, .doc = (field_doc)                                          \
    }
static const struct field card_fields[] = {
    {.key = "card_type",
     .kind = FIELD_STRING,
     .offset = offsetof(struct wecom_card, card_type),
     .def = "text_notice",
     .doc = "text_notice, or news_notice with a picture."},
    CARD_FIELD(source, "Alertmanager", "The line above the title."),
    CARD_FIELD(description, "{{ .NotificationReason }}", "The line below the title."),
    CARD_FIELD(emphasis_title, "{{ len .Alerts.Firing }}", "What is written large."),
    CARD_FIELD(emphasis_text, NULL, "What stands below that."),
    CARD_LIST(fields, &fact_schema, "Facts, at most 6; severity, instance, start and others by default."),
    CARD_LIST(jumps, &jump_schema,
              "Links, at most 3; to act on the group or to silence it, runbook and dashboard by default."),
    CARD_FIELD(url, GROUP_URL, "Where the card leads."),
    CARD_FIELD(image_url, NULL, "The address of the picture of a news_notice."),
    {0},
};
const struct schema wecom_card_schema = {.name = "template_card",
                                         .go_type = "config.plain",
                                         .size = sizeof(struct wecom_card),
                                         .fields = card_fields};

static bool has_picture(const struct wecom_card *card)
{
    return strcmp(card->card_type, "news_notice") == 0;
}

bool wecom_card_check(struct decoder *d, const struct ytree *node, const struct wecom_card *card)
{
    if (!has_picture(card) && strcmp(card->card_type, "text_notice") != 0)
        return decode_fail(d, node, "template_card: card_type must be text_notice or news_notice");
    if (has_picture(card) && !is_set(card->image_url))
        return decode_fail(d, node, "template_card: a news_notice needs an image_url");
    if (card->fields.n > FIELDS_MAX)
        return decode_fail(d, node, "template_card: at most %d fields", FIELDS_MAX);
    if (card->jumps.n > JUMPS_MAX)
        return decode_fail(d, node, "template_card: at most %d jumps", JUMPS_MAX);
    return true;
}

struct built_in {
    const char *zh, *en, *value;
};
static const struct built_in built_in_facts[] = {
    {"级别", "level", "{{ .CommonLabels.severity }}"},
    {"实例", "from", "{{ .CommonLabels.instance }}"},
    {"恢复", "ended", "{{ with .Alerts.Resolved }}{{ len . }}{{ end }}"},
    {"开始", "since",
     "{{ with .Alerts }}{{ (index . 0).StartsAt.Local.Format \"01-02 15:04:05\" }}{{ end }}"},
};
/* No more than three of them have an address at a time. */
static const struct built_in built_in_jumps[] = {
    {"确认", "Acknowledge", "{{ .Actions.Ack }}"},
    {"静默1小时", "Silence 1h", "{{ .Actions.Silence1h }}"},
    {"静默", "Silence",
     "{{ if and (eq .Status \"firing\") (not .Actions) }}{{ template \"im.silence.group\" . }}{{ end }}"},
    {"手册", "Runbook", "{{ or .CommonAnnotations.runbook_url .CommonAnnotations.runbook }}"},
    {"看板", "Dashboard", "{{ if not .Actions }}{{ .CommonAnnotations.dashboard_url }}{{ end }}"},
};

/* ---- JSON ---- */

static bool render_short(struct render *r, const char *source, size_t max, struct sv *out, struct err *err)
{
    return im_render_clean(r, source, out, err) && compose_shorten(r, max, out, err);
}

/* Two texts as an object. Without the first one there is none. */
static void write_pair(struct jw *w, const char *key, struct sv first_key, struct sv first,
                       struct sv second_key, struct sv second)
{
    if (first.n == 0)
        return;
    jw_key(w, sv_of(key));
    jw_object(w);
    jw_kstr(w, first_key, first);
    compose_optional(w, second_key, second);
    jw_end(w);
}

/* 2 is red, 3 green. */
static bool write_source(struct render *r, const struct wecom_card *card, struct jw *w, struct err *err)
{
    struct sv source;

    if (!render_short(r, card->source, CARD_SOURCE, &source, err))
        return false;
    if (source.n == 0)
        return true;
    jw_key(w, SV("source"));
    jw_object(w);
    jw_kstr(w, SV("desc"), source);
    jw_kint(w, SV("desc_color"), delivery_firing(r->delivery) ? 2 : 3);
    jw_end(w);
    return true;
}

static bool write_title(struct render *r, const struct wecom_card *card, struct sv title, struct jw *w,
                        struct err *err)
{
    struct sv description;

    if (!compose_shorten(r, CARD_TITLE, &title, err) ||
        !render_short(r, card->description, CARD_TEXT, &description, err))
        return false;
    write_pair(w, "main_title", SV("title"), title.n != 0 ? title : SV("Alertmanager"), SV("desc"),
               description);
    return true;
}

/* A card with a picture has no room for large text: it is the heading of the text there. */
static bool write_text(struct render *r, const struct wecom_card *card, struct sv text, struct jw *w,
                       struct err *err)
{
    struct sv large, below;

    text = sv_trim(text);
    if (!render_short(r, card->emphasis_title, CARD_EMPHASIS, &large, err) ||
        !render_short(r, card->emphasis_text, CARD_EMPHASIZED, &below, err) ||
        !compose_shorten(r, CARD_SUB_TITLE, &text, err))
        return false;
    if (!has_picture(card)) {
        write_pair(w, "emphasis_content", SV("title"), large, SV("desc"), below);
        compose_optional(w, SV("sub_title_text"), text);
        return true;
    }
    jw_key(w, SV("vertical_content_list"));
    jw_array(w);
    jw_object(w);
    jw_kstr(w, SV("title"), below.n != 0 ? below : SV("Alertmanager"));
    compose_optional(w, SV("desc"), text);
    jw_end(w);
    jw_end(w);
    return true;
}

static bool write_image(struct render *r, const struct wecom_card *card, struct jw *w, struct err *err)
{
    struct sv url;

    if (!has_picture(card))
        return true;
    if (!im_render_clean(r, card->image_url, &url, err))
        return false;
    write_pair(w, "card_image", SV("url"), url, SV(""), SV(""));
    return true;
}

static bool write_fact(struct render *r, const char *title, const char *value, struct jw *w, struct err *err)
{
    struct sv key, fact;

    if (!render_short(r, title, CARD_KEY, &key, err) || !render_short(r, value, CARD_VALUE, &fact, err))
        return false;
    if (key.n == 0 || fact.n == 0)
        return true;
    jw_object(w);
    jw_kstr(w, SV("keyname"), key);
    jw_kstr(w, SV("value"), fact);
    jw_end(w);
    return true;
}

static bool write_jump(struct render *r, const char *title, const char *value, struct jw *w, struct err *err)
{
    struct sv text, url;

    if (!render_short(r, title, CARD_JUMP, &text, err) || !im_render_clean(r, value, &url, err))
        return false;
    url = sv_trim(url);
    if (text.n == 0 || !is_web_address(url))
        return true;
    jw_object(w);
    jw_kint(w, SV("type"), 1);
    jw_kstr(w, SV("title"), text);
    jw_kstr(w, SV("url"), url);
    jw_end(w);
    return true;
}

typedef bool write_item(struct render *r, const char *title, const char *value, struct jw *w,
                        struct err *err);

/* The items of the list, or those built in. */
static bool write_items(struct render *r, const struct wecom_card *card, const struct list *list,
                        const struct built_in *built_in, size_t n_built_in, write_item *write, struct jw *w,
                        struct err *err)
{
    jw_array(w);
    for (size_t i = 0; i < list->n; i++) {
        const struct wecom_pair *pair = list->v[i];
        if (!write(r, pair->title, pair->value, w, err))
            return false;
    }
    for (size_t i = 0; !list->present && i < n_built_in; i++)
        if (!write(r, card->english ? built_in[i].en : built_in[i].zh, built_in[i].value, w, err))
            return false;
    jw_end(w);
    return true;
}

static bool write_lists(struct render *r, const struct wecom_card *card, struct jw *w, struct err *err)
{
    jw_key(w, SV("horizontal_content_list"));
    if (!write_items(r, card, &card->fields, built_in_facts, COUNT_OF(built_in_facts), write_fact, w, err))
        return false;
    jw_key(w, SV("jump_list"));
    return write_items(r, card, &card->jumps, built_in_jumps, COUNT_OF(built_in_jumps), write_jump, w, err);
}

static bool write_action(struct render *r, const struct wecom_card *card, struct jw *w, struct err *err)
{
    struct sv url;

    if (!im_render_clean(r, card->url, &url, err) ||
        (sv_trim(url).n == 0 && !im_render_clean(r, GROUP_URL, &url, err)))
        return false;
    jw_key(w, SV("card_action"));
    jw_object(w);
    jw_kint(w, SV("type"), 1);
    jw_kstr(w, SV("url"), sv_trim(url));
    jw_end(w);
    return true;
}

bool wecom_card_write(struct render *r, const struct wecom_card *card, struct sv title, struct sv text,
                      struct jw *w, struct err *err)
{
    jw_kstr(w, SV("card_type"), sv_of(card->card_type));
    return write_source(r, card, w, err) && write_title(r, card, title, w, err) &&
           write_image(r, card, w, err) && write_text(r, card, text, w, err) &&
           write_lists(r, card, w, err) && write_action(r, card, w, err);
}
