#include "notify/redact.h"

#include <stdio.h>

#include "support/test.h"

#define TOKEN "0123456789abcdef"

/* */
TEST(redact, what_a_service_quotes_of_the_request_is_not_repeated)
{
    static const struct {
        const char *url, *header, *text, *want;
    } rows[] = {
        {"https://h/services/T00/B00/" TOKEN, NULL, "404: /services/T00/B00/" TOKEN " was not found",
         "404: <redacted> was not found"},
        {"https://h/x/" TOKEN "/y", NULL, "no " TOKEN " and no " TOKEN, "no <redacted> and no <redacted>"},
        {"https://h/send?access_token=" TOKEN "&sign=1", NULL, "bad access_token " TOKEN,
         "bad access_token <redacted>"},
        {"https://h/send?key=" TOKEN, NULL, "GET /send?key=" TOKEN, "GET <redacted>"},
        {"https://h/send?sign=" TOKEN "%2B%3D", NULL, "sign " TOKEN "+= is wrong",
         "sign <redacted> is wrong"},
        {"https://h/hook", NULL, "no such hook", "no such hook"},
        {"https://h", NULL, "h", "h"},
        {"https://h/", "Authorization: GenieKey " TOKEN, "bad key " TOKEN, "bad key <redacted>"},
        {"https://h/" TOKEN, NULL, "", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *headers[] = {rows[i].header, NULL};
        const struct request sent = {.url = rows[i].url, .headers = headers};
        struct verdict v = {.kind = VERDICT_PERMANENT};
        snprintf(v.text, sizeof v.text, "%s", rows[i].text);
        redact_verdict(&v, &sent);
        CHECK_STR(v.text, rows[i].want);
    }
}

TEST(redact, a_long_text_stays_within_its_room)
{
    const struct request sent = {.url = "https://h/" TOKEN};
    struct verdict v = {.kind = VERDICT_RETRY};

    while (strlen(v.text) + 20 < sizeof v.text)
        strcat(v.text, TOKEN "\xe7\xa3\x81");
    redact_verdict(&v, &sent);
    CHECK(strstr(v.text, TOKEN) == NULL);
    CHECK(strlen(v.text) < sizeof v.text);
}
