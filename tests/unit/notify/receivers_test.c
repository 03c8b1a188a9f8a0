/* What all receivers have in common. */
#include "notify/receiver.h"

#include "support/test.h"

static const char *default_of(const struct schema *schema, const char *key)
{
    for (const struct field *f = schema->fields; f->key != NULL; f++)
        if (strcmp(f->key, key) == 0)
            return f->def != NULL ? f->def : "";
    return "no such key";
}

/* P-105 R-115 */
TEST(receivers, tell_of_the_end_unless_they_are_one_of_four)
{
    static const char *const silent[] = {"email", "slack", "wechat", "rocketchat"};
    const struct receiver_schema *const *all = receiver_schemas();
    size_t n_silent = 0;

    for (size_t i = 0; all[i] != NULL; i++) {
        const char *want = "true";
        for (size_t k = 0; k < COUNT_OF(silent); k++)
            if (strcmp(all[i]->name, silent[k]) == 0) {
                want = "false";
                n_silent++;
            }
        const char *got = default_of(all[i]->schema, "send_resolved");
        FAIL_IF(strcmp(got, want) != 0, "%s: send_resolved is %s", all[i]->name, got);
    }
    CHECK_EQ(n_silent, COUNT_OF(silent));
}
