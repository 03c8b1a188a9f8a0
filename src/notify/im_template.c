/* What the texts of chat messages are rendered with: a set of templates of their own, and for those who come
 * from other programs the data that their templates expect (receivers.md B1.2, B8). */
#include "im.h"
#include "notify/data.h"
#include "text.h"

static bool equals(const char *text, const char *name)
{
    return text != NULL && strcmp(text, name) == 0;
}

static bool is_dingtalk_compatible(const struct im_settings *s)
{
    return equals(s->template_compat, "prometheus-webhook-dingtalk");
}

static bool sees_webhook_json(const struct im_settings *s)
{
    return equals(s->template_data, "webhook_json");
}

bool im_template_check(struct decoder *d, const struct ytree *node, const struct im_settings *s)
{
    const bool compatible = is_dingtalk_compatible(s), json = sees_webhook_json(s);

    if (is_set(s->template_compat) && !compatible)
        return decode_fail(d, node, "template_compat must be prometheus-webhook-dingtalk");
    if (!json && !equals(s->template_data, "alertmanager"))
        return decode_fail(d, node, "template_data must be alertmanager or webhook_json");
    if (compatible && json)
        return decode_fail(d, node, "at most one of template_compat & template_data must be configured");
    return true;
}

void im_template_resolve(struct im_settings *s, const struct global *global)
{
    const bool has_own = s->title != NULL || s->text != NULL;

    if (!has_own) { /* else the built-in one completes it, and never a global one */
        s->title = global->dingtalk_title;
        s->text = global->dingtalk_text;
    }
    if (!is_dingtalk_compatible(s))
        return;
    if (s->title == NULL)
        s->title = "{{ template \"ding.link.title\" . }}";
    if (s->text == NULL)
        s->text = "{{ template \"ding.link.content\" . }}";
}

static bool too_large(struct err *err)
{
    return err_set(err, ERR_LIMIT, "notification data needs too much memory");
}

/* ---- prometheus-webhook-dingtalk ---- */

/* The mobiles are templates themselves, which see none. */
static bool add_mobiles(struct render *r, const struct im_settings *s, struct err *err)
{
    static const struct sv none[1];
    const struct notify_data *given = r->data.obj.p;
    struct notify_data *data = ARENA_NEW(r->mem, struct notify_data);
    struct im_mentions at;

    if (data == NULL)
        return too_large(err);
    *data = *given;
    data->at_mobiles = none;
    r->data = notify_data_tval(data);
    if (!im_mentions_render(r, s, &at, err))
        return false;
    if (at.n_mobiles != 0)
        data->at_mobiles = at.mobiles;
    data->n_at_mobiles = at.n_mobiles;
    return true;
}

/* ---- the webhook's document ---- */

/* The document's keys, and behind them the usual names: the built-in layouts go on working. What is listed or
 * printed as a whole is the document alone. */
struct document {
    struct tval json; /* a map */
    struct tval data; /* notify_data_tval() */
};

static size_t document_len(const void *p)
{
    const struct tval *json = &((const struct document *)p)->json;
    return json->map.type->len(json->map.p);
}

static struct sv document_key(const void *p, size_t i)
{
    const struct tval *json = &((const struct document *)p)->json;
    return json->map.type->key(json->map.p, i);
}

static struct tval document_get(struct tmpl_run *run, const void *p, struct sv key, bool *found)
{
    const struct document *doc = p;
    const struct tval value = doc->json.map.type->get(run, doc->json.map.p, key, found);

    if (*found)
        return value;
    for (const struct tfield *f = doc->data.obj.type->fields; f->name != NULL; f++)
        if (sv_eq(sv_of(f->name), key)) {
            *found = true;
            return f->get(run, doc->data.obj.p);
        }
    return value;
}

static const struct tmap_type document_type = {
    .go_type = "map[string]interface {}",
    .len = document_len,
    .key = document_key,
    .get = document_get,
    .zero = {.kind = TVAL_NIL, .tag = TVAL_MISSING},
};

static bool make_document(struct render *r, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf json = {0};
    struct document *doc = ARENA_NEW(r->mem, struct document);

    notify_data_webhook(r->data.obj.p, SV("4"), 0, &json);
    const char *text = arena_strndup(r->mem, json.p, json.n);
    if (doc == NULL || text == NULL || json.overflow)
        return too_large(err);
    doc->data = r->data;
    if (!tval_from_json(r->mem, (struct sv){text, json.n}, &doc->json, err))
        return err_wrap(err, "the webhook's document");
    r->data = (struct tval){.kind = TVAL_MAP, .map = {&document_type, doc}};
    return true;
}

bool im_template_begin(struct render *r, const struct im_settings *s, struct err *err)
{
    const struct chat_templates *chat = &r->delivery->config->chat;

    if (r->tmpl != NULL) /* done already */
        return true;
    r->tmpl = is_dingtalk_compatible(s) ? chat->dingtalk : chat->own;
    if (strcmp(s->overflow, "split") != 0 && !im_order(r, err))
        return false;
    if (is_dingtalk_compatible(s))
        return add_mobiles(r, s, err);
    return !sees_webhook_json(s) || make_document(r, err);
}
