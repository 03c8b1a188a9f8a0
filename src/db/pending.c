#include "pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void add_bytes(struct strbuf *b, uint64_t v)
{
    strbuf_add(b, (const char *)&v, sizeof(v));
}

static struct sv key_of(struct pending *p, const struct record *r)
{
    struct strbuf *b = &p->key;

    strbuf_reset(b);
    strbuf_addc(b, (char)('0' + (int)r->kind));
    switch (r->kind) {
    case RECORD_ALERT:
        add_bytes(b, r->alert->labels->fp);
        break;
    case RECORD_SILENCE:
        strbuf_adds(b, r->silence->id);
        break;
    case RECORD_LEDGER:
        strbuf_adds(b, r->ledger->key);
        break;
    case RECORD_GROUP:
        add_bytes(b, r->group->labels->fp);
        strbuf_adds(b, r->group->route_id);
        break;
    case RECORD_OWED:
        strbuf_adds(b, r->owed->key);
        break;
    case RECORD_LETTER:
        strbuf_adds(b, r->letter->id);
        break;
    }
    return strbuf_sv(b);
}

static struct sv item_key(const struct pending_item *item)
{
    return (struct sv){item->key, item->n_key};
}

static struct pending_item *item_new(struct sv key)
{
    struct pending_item *item = xmalloc(sizeof(*item) + key.n);

    *item = (struct pending_item){.n_key = key.n};
    memcpy(item->key, key.p, key.n);
    return item;
}

void pending_init(struct pending *p)
{
    *p = (struct pending){0};
    p->tail = &p->head;
}

void pending_done(struct pending *p)
{
    pending_drop(p, p->n);
    strmap_done(&p->by_key);
    strbuf_done(&p->key);
}

void pending_add(struct pending *p, const struct record *r)
{
    const struct sv key = key_of(p, r);
    struct pending_item *item = strmap_get(&p->by_key, key);
    const struct record newer = record_ref(r);

    if (item != NULL) {
        record_done(&item->record);
        item->record = newer;
        return;
    }
    item = item_new(key);
    item->record = newer;
    (void)strmap_put(&p->by_key, item_key(item), item);
    *p->tail = item;
    p->tail = &item->next;
    p->n++;
}

void pending_drop(struct pending *p, size_t n)
{
    for (; n != 0 && p->head != NULL; n--) {
        struct pending_item *item = p->head;
        p->head = item->next;
        if (p->head == NULL)
            p->tail = &p->head;
        (void)strmap_del(&p->by_key, item_key(item));
        record_done(&item->record);
        free(item);
        p->n--;
    }
}
