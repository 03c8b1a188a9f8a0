/* The token requests of http_config.oauth2, and what the answers to them mean (C-070). */
#include "notify/oauth2.h"

#include <unistd.h>

#include "fixture.h"

static const struct now NOW = {100 * NS_PER_S, {.sec = 1700000000}};

#define CLIENT "client_id: 'i d', client_secret: 's/&', token_url: 'http://idp/token'"

/* A client whose settings are those of a receiver. */
struct client {
    struct config *config;
    const struct http_config *http;
    struct oauth2_state state;
    struct oauth2_login login;
    struct request request;
    struct arena mem;
    struct err err;
};

static void client_begin(struct client *c, const char *oauth2)
{
    struct strbuf settings = {0};

    *c = (struct client){0};
    arena_init(&c->mem, (size_t)1 << 20);
    strbuf_addf(&settings, "{url: 'http://x/', http_config: {oauth2: {%s}}}", oauth2);
    c->config = fixture_receiver("webhook", settings.p, "");
    c->http = c->config->receivers[0]->integrations[0].settings->http_config;
    strbuf_done(&settings);
    FAIL_IF(!oauth2_login(&c->state, c->http->oauth2, &c->mem, &c->login, &c->err), "%s", c->err.text);
}

static void client_ask(struct client *c)
{
    FAIL_IF(!oauth2_request(&c->state, &c->login, NOW, &c->mem, &c->request, &c->err), "%s", c->err.text);
}

static enum oauth2_outcome client_take(struct client *c, int status, const char *type, const char *body)
{
    const struct reply reply = {
        .transported = true, .status = status, .body = sv_of(body), .content_type = sv_of(type)};

    return oauth2_take(&c->state, &c->login, &reply, NOW.mono, &c->mem, &c->err);
}

static void client_end(struct client *c)
{
    arena_done(&c->mem);
    config_unref(c->config);
}

/* C-070: as the real Alertmanager 0.33.1 sends them */
TEST(oauth2, names_the_client_by_basic_auth_and_then_by_parameters)
{
    static const struct {
        const char *more, *by_header, *by_parameters;
    } rows[] = {
        {"", "grant_type=client_credentials",
         "client_id=i+d&client_secret=s%2F%26&grant_type=client_credentials"},
        {", scopes: [a, 'b c'], endpoint_params: {zz: '1', audience: 'x/y'}",
         "audience=x%2Fy&grant_type=client_credentials&scope=a+b+c&zz=1",
         "audience=x%2Fy&client_id=i+d&client_secret=s%2F%26&grant_type=client_credentials&scope=a+b+c&zz=1"},
        {", endpoint_params: {grant_type: theirs}", "grant_type=theirs",
         "client_id=i+d&client_secret=s%2F%26&grant_type=theirs"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf settings = {0};
        struct client c;
        strbuf_addf(&settings, "%s%s", CLIENT, rows[i].more);
        client_begin(&c, settings.p);
        client_ask(&c);
        CHECK_STR(c.request.method, "POST");
        CHECK_STR(c.request.url, "http://idp/token");
        CHECK_STR(c.request.content_type, "application/x-www-form-urlencoded");
        CHECK_STR(c.request.headers[0], "Authorization: Basic aStkOnMlMkYlMjY="); /* i+d:s%2F%26 */
        CHECK_SV(c.request.body, rows[i].by_header);
        CHECK_EQ(client_take(&c, 401, "application/json", "{\"error\":\"invalid_client\"}"), OAUTH2_AGAIN);
        client_ask(&c);
        CHECK(c.request.headers == NULL);
        CHECK_SV(c.request.body, rows[i].by_parameters);
        CHECK_EQ(client_take(&c, 200, "application/json", "{\"access_token\":\"t\"}"), OAUTH2_TAKEN);
        client_ask(&c); /* what worked is what is tried next time */
        CHECK_SV(c.request.body, rows[i].by_parameters);
        client_end(&c);
        strbuf_done(&settings);
    }
}

TEST(oauth2, a_scope_cannot_be_given_twice)
{
    struct client c;

    client_begin(&c, CLIENT ", scopes: [a], endpoint_params: {scope: b}");
    CHECK(!oauth2_request(&c.state, &c.login, NOW, &c.mem, &c.request, &c.err));
    CHECK_STR(c.err.text, "oauth2: cannot overwrite parameter \"scope\"");
    client_end(&c);
}

TEST(oauth2, reads_what_servers_answer)
{
    static const struct {
        int status;
        const char *type, *body;
        enum oauth2_outcome outcome;
        const char *says; /* the header's value, or the error */
    } rows[] = {
        {200, "application/json", "{\"access_token\":\"t\",\"token_type\":\"bearer\",\"expires_in\":60}",
         OAUTH2_TAKEN, "Bearer t"},
        {201, "", "{\"access_token\":\"t\",\"expires_in\":\"60\",\"more\":{\"a\":[1]}}", OAUTH2_TAKEN,
         "Bearer t"},
        {200, "application/json", "{\"access_token\":\"t\",\"token_type\":\"mac\"}", OAUTH2_TAKEN, "MAC t"},
        {200, "application/json", "{\"access_token\":\"t\",\"token_type\":\"Own\"}", OAUTH2_TAKEN, "Own t"},
        {200, "application/x-www-form-urlencoded; charset=utf-8", "access_token=a%2Fb&token_type=basic",
         OAUTH2_TAKEN, "Basic a/b"},
        {200, "text/plain", "access_token=t", OAUTH2_TAKEN, "Bearer t"},
        {200, "text/plain", "access_token=%zz", OAUTH2_FAILED, "oauth2: cannot parse response"},
        {200, "application/json", "hello", OAUTH2_FAILED,
         "oauth2: cannot parse json: invalid character 'h' looking for beginning of value"},
        {200, "application/json", "{\"foo\":1}", OAUTH2_FAILED,
         "oauth2: server response missing access_token"},
        {200, "application/json", "{\"error\":\"no\",\"access_token\":\"t\"}", OAUTH2_FAILED,
         "oauth2: \"no\""},
        {400, "application/json", "{\"error\":\"invalid_client\",\"error_description\":\"a \\\"b\\\"\"}",
         OAUTH2_REFUSED, "oauth2: \"invalid_client\" \"a \\\"b\\\"\""},
        {403, "text/html", "<p>", OAUTH2_REFUSED, "oauth2: cannot fetch token: 403\nResponse: <p>"},
        {429, "", "slow", OAUTH2_FAILED, "oauth2: cannot fetch token: 429\nResponse: slow"},
        {500, "", "oops", OAUTH2_FAILED, "oauth2: cannot fetch token: 500\nResponse: oops"},
        {400, "", "you said s/&", OAUTH2_REFUSED, "oauth2: cannot fetch token: 400"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct client c;
        client_begin(&c, CLIENT);
        enum oauth2_outcome outcome = client_take(&c, rows[i].status, rows[i].type, rows[i].body);
        if (outcome == OAUTH2_AGAIN)
            outcome = client_take(&c, rows[i].status, rows[i].type, rows[i].body);
        const char *says = outcome == OAUTH2_TAKEN ? oauth2_authorization(&c.state, NOW.mono) : c.err.text;
        FAIL_IF(outcome != rows[i].outcome || strcmp(says, rows[i].says) != 0, "%d %s: %d \"%s\"",
                rows[i].status, rows[i].body, (int)outcome, says);
        client_end(&c);
    }
}

TEST(oauth2, a_token_is_used_until_shortly_before_its_end)
{
    static const struct {
        const char *life;
        dur_ns after;
        bool fresh;
    } rows[] = {
        {"60", 49 * NS_PER_S, true},    {"60", 50 * NS_PER_S, false},
        {"5", NS_PER_S - 1, true},      {"5", NS_PER_S, false},
        {"0", INT64_C(1) << 60, true},  {"99999999999", 364 * 86400 * NS_PER_S, true},
        {"-3", INT64_C(1) << 60, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct client c;
        char body[80];
        client_begin(&c, CLIENT);
        snprintf(body, sizeof body, "{\"access_token\":\"t\",\"expires_in\":%s}", rows[i].life);
        CHECK_EQ(client_take(&c, 200, "", body), OAUTH2_TAKEN);
        const bool fresh = oauth2_authorization(&c.state, NOW.mono + rows[i].after) != NULL;
        FAIL_IF(fresh != rows[i].fresh, "%s after %lld", rows[i].life, (long long)rows[i].after);
        client_end(&c);
    }
}

TEST(oauth2, a_token_that_is_too_long_is_refused)
{
    struct strbuf body = {0};
    struct client c;

    client_begin(&c, CLIENT);
    strbuf_adds(&body, "{\"access_token\":\"");
    for (size_t i = 0; i < TOKEN_MAX; i++)
        strbuf_addc(&body, 'x');
    strbuf_adds(&body, "\"}");
    c.state.settled = true;
    CHECK_EQ(client_take(&c, 200, "", body.p), OAUTH2_FAILED);
    CHECK_STR(c.err.text, "oauth2: the token is too long");
    CHECK(oauth2_authorization(&c.state, NOW.mono) == NULL);
    strbuf_done(&body);
    client_end(&c);
}

/* C-070: RFC 7523. The expected text was signed by openssl(1). */
TEST(oauth2, a_client_with_a_key_signs_an_assertion)
{
    static const char assertion[] =
        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJhdWQiOiJodHRwOi8vaWRwL3Rva2VuIiwiZX"
        "hwIjoxNzAwMDAwNjAwLCJpYXQiOjE3MDAwMDAwMDAsImlzcyI6ImkiLCJqdGkiOiJKIiwibCI6WzEsIngiLHRydWVd"
        "LCJuIjoie3sgMSB9fSIsInNjb3BlIjoiYSBiIiwic3ViIjoiaSJ9.XiFU2LFN0bmHBozwmxzxaGlLaQJzLegCPCprV"
        "q1IFb9zYhhOxkhJebOoc6g6Nk9xov3LCVCK7Qfv_CwKiC5FgXk7iW4dIUgNrf32tpKm_fDcCkwsJOWJRpWDbL4IR4L"
        "_dMHjBV4bjkTpLjLlZvtWwJ60rXWSnxEuPkF8_6s3KPA";
    struct client c;

    client_begin(&c,
                 "client_id: i, token_url: 'http://idp/token', scopes: [a, b], "
                 "grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', "
                 "client_certificate_key_id: k1, client_certificate_key_file: " TEST_DATA "/keys/rsa.pem, "
                 "claims: {jti: J, n: '{{ 1 }}', l: [1, x, true]}");
    client_ask(&c);
    CHECK(c.request.headers == NULL);
    struct strbuf body = {0};
    strbuf_addf(
        &body, "assertion=%s&grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Agrant-type%%3Ajwt-bearer&scope=a+b",
        assertion);
    CHECK_SV(c.request.body, body.p);
    CHECK_EQ(client_take(&c, 400, "", "{\"error\":\"invalid_grant\"}"),
             OAUTH2_REFUSED); /* nothing else to try */
    strbuf_done(&body);
    client_end(&c);
}

TEST(oauth2, a_key_that_is_none_is_an_error)
{
    struct client c;

    client_begin(&c, "client_id: i, token_url: 'http://idp/token', client_certificate_key: nonsense, "
                     "grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer'");
    CHECK(!oauth2_request(&c.state, &c.login, NOW, &c.mem, &c.request, &c.err));
    CHECK_STR(c.err.text,
              "oauth2: client certificate key: not an RSA private key in PEM without a passphrase");
    client_end(&c);
}

/* C-063: the file is read each time; another secret needs another token */
TEST(oauth2, a_secret_that_changes_drops_the_token)
{
    char path[] = "/tmp/oauth2_secret_XXXXXX";
    struct strbuf settings = {0};
    struct client c;
    const int fd = mkstemp(path);

    CHECK(dprintf(fd, " one\n") == 5);
    strbuf_addf(&settings, "client_id: i, client_secret_file: %s, token_url: 'http://idp/'", path);
    client_begin(&c, settings.p);
    CHECK_SV(c.login.secret, "one");
    CHECK_EQ(client_take(&c, 200, "", "{\"access_token\":\"t\"}"), OAUTH2_TAKEN);
    CHECK(oauth2_login(&c.state, c.http->oauth2, &c.mem, &c.login, &c.err));
    CHECK_STR(oauth2_authorization(&c.state, NOW.mono), "Bearer t");
    CHECK(pwrite(fd, " two\n", 5, 0) == 5);
    CHECK(oauth2_login(&c.state, c.http->oauth2, &c.mem, &c.login, &c.err));
    CHECK(oauth2_authorization(&c.state, NOW.mono) == NULL);
    close(fd);
    CHECK(unlink(path) == 0);
    CHECK(!oauth2_login(&c.state, c.http->oauth2, &c.mem, &c.login, &c.err));
    CHECK(strncmp(c.err.text, "unable to read client secret: open ", 35) == 0);
    client_end(&c);
    strbuf_done(&settings);
}

/* The block's own TLS and proxy, not those around it. */
TEST(oauth2, the_endpoint_has_its_own_proxy)
{
    struct client c;

    client_begin(&c, CLIENT ", proxy_url: 'http://proxy:1', tls_config: {server_name: idp}");
    const struct http_config own = oauth2_http(c.http);
    CHECK_STR(own.proxy_url, "http://proxy:1");
    CHECK_STR(own.tls->server_name, "idp");
    CHECK(own.oauth2 == NULL && own.follow_redirects && own.enable_http2);
    client_end(&c);
}
