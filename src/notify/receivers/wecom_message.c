#include "wecom_message.h"

#include "codec/digest.h"
#include "codec/jw.h"
#include "compose.h"
#include "text.h"

#define NEWS_MAX         8
#define NEWS_TITLE       128 /* bytes */
#define NEWS_DESCRIPTION 512
#define IMAGE_MAX        ((size_t)2 << 20) /* bytes of the file */
#define GROUP_URL        "{{ template \"__alertmanagerURL\" . }}"

/* ---- settings ---- */

/* Offsets within the nested blocks of struct wecom. */
#define NESTED(block, member) (offsetof(struct wecom, block.member) - offsetof(struct wecom, block))
#define BLOCK_FIELD(block, member, field_def, field_doc)                                                     \
    {                                                                                                        \
        .key = #member, .kind = FIELD_STRING, .offset = NESTED(block, member), .def = (field_def),           \
        .flags = FIELD_TMPL, .doc = (field_doc)                                                              \
    }

static const struct field news_fields[] = {
    BLOCK_FIELD(news, title, NULL, "The title of one alert's article, as if it were the only one."),
    BLOCK_FIELD(news, description, NULL, "What stands below it."),
    BLOCK_FIELD(news, url, "{{ template \"im.item.url\" . }}", "Where the article leads."),
    BLOCK_FIELD(news, pic_url, NULL, "The address of its picture."),
    {0},
};
const struct schema wecom_news_schema = {.name = "wecom news",
                                         .go_type = "config.plain",
                                         .size = sizeof(((struct wecom *)0)->news),
                                         .fields = news_fields};

bool wecom_check_kinds(struct decoder *d, const struct ytree *node, const struct wecom *s)
{
    if ((strcmp(s->im.message_type, "image") == 0) != is_set(s->image_file))
        return decode_fail(d, node, "image_file belongs to message_type image");
    return wecom_card_check(d, node, &s->template_card);
}

void wecom_resolve_kinds(struct wecom *s)
{
    if (s->news.title == NULL)
        s->news.title = "{{ template \"im.item.heading\" . }}";
    if (s->news.description == NULL)
        s->news.description =
            im_builtin(&s->im, "{{ template \"im.item.text\" . }}", "{{ template \"im.item.text.en\" . }}");
    s->template_card.english = strcmp(s->im.language, "en") == 0;
    if (s->template_card.emphasis_text == NULL)
        s->template_card.emphasis_text = im_builtin(&s->im, "触发", "firing");
}

/* ---- text ---- */

bool wecom_is_textual(const char *type)
{
    return strcmp(type, "text") == 0 || strcmp(type, "markdown") == 0 || strcmp(type, "markdown_v2") == 0;
}

static void write_list(struct jw *w, struct sv key, const struct sv *items, size_t n, bool all)
{
    if (n == 0 && !all)
        return;
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        jw_str(w, items[i]);
    if (all)
        jw_str(w, SV("@all"));
    jw_end(w);
}

static void begin_message(struct jw *w, struct strbuf *out, const char *type)
{
    jw_init(w, out, false);
    jw_object(w);
    jw_kstr(w, SV("msgtype"), sv_of(type));
    jw_key(w, sv_of(type));
    jw_object(w);
}

static void end_message(struct jw *w)
{
    jw_end(w);
    jw_end(w);
}

void wecom_write_text(struct strbuf *out, const char *type, struct sv content, const struct im_mentions *at)
{
    struct jw w;

    begin_message(&w, out, type);
    jw_kstr(&w, SV("content"), content);
    write_list(&w, SV("mentioned_list"), at->user_ids, at->n_user_ids, at->all);
    write_list(&w, SV("mentioned_mobile_list"), at->mobiles, at->n_mobiles, false);
    end_message(&w);
}

/* ---- news ---- */

static bool render_address(struct render *r, const char *source, struct sv *out, struct err *err)
{
    if (!im_render_clean(r, source, out, err))
        return false;
    *out = sv_trim(*out);
    return true;
}

static void write_article(struct jw *w, struct sv title, struct sv description, struct sv url,
                          struct sv picture)
{
    jw_object(w);
    jw_kstr(w, SV("title"), title);
    jw_kstr(w, SV("description"), description);
    jw_kstr(w, SV("url"), url);
    jw_kstr(w, SV("picurl"), picture);
    jw_end(w);
}

static bool article(struct render *r, const struct wecom *s, struct jw *w, struct err *err)
{
    struct sv title, description, url, picture;

    if (!im_render_clean(r, s->news.title, &title, err) ||
        !compose_cut_bytes(r, "news title", NEWS_TITLE, &title, err) ||
        !im_render_clean(r, s->news.description, &description, err) ||
        !compose_cut_bytes(r, "news description", NEWS_DESCRIPTION, &description, err) ||
        !render_address(r, s->news.url, &url, err) || !render_address(r, s->news.pic_url, &picture, err) ||
        (url.n == 0 && !render_address(r, GROUP_URL, &url, err)))
        return false;
    write_article(w, title.n != 0 ? title : SV("Alertmanager"), description, url, picture);
    return true;
}

static bool rest_article(struct render *r, const struct wecom *s, size_t rest, struct jw *w, struct err *err)
{
    struct sv title, url;

    if (!im_items_rest(r, &s->im, rest, &title, err) || !render_address(r, GROUP_URL, &url, err))
        return false;
    write_article(w, title, SV(""), url, SV(""));
    return true;
}

static bool write_news(struct render *r, const struct wecom *s, struct strbuf *out, struct err *err)
{
    struct im_items items;
    struct jw w;

    if (!im_items(r, &s->im, NEWS_MAX, &items, err))
        return false;
    begin_message(&w, out, "news");
    jw_key(&w, SV("articles"));
    jw_array(&w);
    for (size_t i = 0; i < items.n; i++)
        if (!article(&items.v[i], s, &w, err))
            return false;
    if (items.rest != 0 && !rest_article(r, s, items.rest, &w, err))
        return false;
    jw_end(&w);
    end_message(&w);
    return true;
}

/* ---- image ---- */

static bool is_picture(struct sv file)
{
    return sv_has_prefix(file, SV("\x89PNG\r\n\x1a\n")) || sv_has_prefix(file, SV("\xff\xd8\xff"));
}

static void add_md5(struct strbuf *out, struct sv file)
{
    uint8_t digest[16];

    md5(file, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        strbuf_addf(out, "%02x", digest[i]);
}

static bool write_image(struct render *r, const struct wecom *s, struct strbuf *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf encoded = {0}, sum = {0};
    struct sv file;
    struct jw w;

    if (!render_file(r, s->image_file, IMAGE_MAX, &file, err))
        return err_wrap(err, "image_file");
    if (!is_picture(file))
        return err_set(err, ERR_INVALID, "image_file: %s is neither PNG nor JPEG", s->image_file);
    base64_add(&encoded, file);
    add_md5(&sum, file);
    begin_message(&w, out, "image");
    jw_kplain(&w, SV("base64"), strbuf_sv(&encoded));
    jw_kplain(&w, SV("md5"), strbuf_sv(&sum));
    end_message(&w);
    return true;
}

bool wecom_write_other(struct render *r, const struct wecom *s, struct sv title, struct sv text,
                       struct strbuf *out, struct err *err)
{
    struct jw w;

    if (strcmp(s->im.message_type, "news") == 0)
        return write_news(r, s, out, err);
    if (strcmp(s->im.message_type, "image") == 0)
        return write_image(r, s, out, err);
    begin_message(&w, out, "template_card");
    if (!wecom_card_write(r, &s->template_card, title, text, &w, err))
        return false;
    end_message(&w);
    return true;
}
