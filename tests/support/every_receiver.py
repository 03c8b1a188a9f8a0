"""One integration of every type, with a secret in each field that takes one, for tests that look for them."""

import os

MARK = "S3CRET"  # each secret contains it, and nothing else does
BROKEN = "{{ .Nothing.Here }}"  # a template that fails when it is rendered


def secret(name):
    return MARK + name + "0123456789"  # as long as real ones


def _http(i):
    """Each way to hold a secret in http_config, one after the other."""
    ways = [
        {"authorization": {"credentials": secret("credentials")}},
        {"basic_auth": {"username": "user", "password": secret("password")}},
        {"http_headers": {"X-Key": {"secrets": [secret("header")]}}},
    ]
    return ways[i % len(ways)]


def integrations(url, smtp, broken=False):
    """{"slack_configs": [...], ...}: everything goes to `url`, mail to `smtp` ("host:port").

    With `broken` one template of each integration fails. The addresses of Pushover and of PagerDuty's first API are
    fixed: those go through a proxy.
    """
    text = BROKEN if broken else "text"
    address = url.replace("http://", "http://user:%s@" % secret("userinfo"), 1)
    hook = lambda name: "%s/%s/%s?token=%s" % (address, name, secret("path"), secret("query"))
    app = {"corp_id": "corp", "api_url": url + "/cgi-bin/", "api_secret": secret("wechat"), "to_user": "@all"}
    found = {
        "discord_configs": [{"webhook_url": hook("discord"), "message": text}],
        "email_configs": [
            {"to": "a@example.org", "from": "b@example.org", "smarthost": smtp, "require_tls": False, "html": text,
             "auth_username": "user", "auth_password": secret("smtp"), "auth_secret": secret("cram")}],
        "incidentio_configs": [{"url": url + "/incidentio", "alert_source_token": secret("incidentio")}],
        "pagerduty_configs": [
            {"url": url + "/v2", "routing_key": secret("routing"), "description": text},
            {"service_key": secret("service"), "description": text, "http_config": {"proxy_url": address}}],
        "slack_configs": [
            {"api_url": hook("slack"), "title": text},
            {"app_token": secret("xoxb"), "app_url": url + "/slack-app", "channel": "c", "title": text}],
        "webhook_configs": [
            {"url": hook("webhook"), "payload": text},
            {"url": address + "/{{ .CommonLabels.alertname }}/" + secret("templated") + "{{ .Status }}"},
            {"url": "{{ .CommonLabels.alertname }}://%s/%s" % (secret("host"), secret("scheme"))},
            {"url": "http://%s.invalid/{{ .Nothing.Here }}" % secret("unrendered")},
            {"url": url, "http_config": {"oauth2": {"client_id": "c", "client_secret": secret("oauth"),
                                                    "token_url": url + "/oauth"}}}],
        "opsgenie_configs": [{"api_url": url + "/opsgenie", "api_key": secret("opsgenie"), "message": text}],
        "wechat_configs": [dict(app, message=text)],
        "pushover_configs": [
            {"token": secret("pushover"), "user_key": secret("user"), "message": text,
             "http_config": {"proxy_url": address}}],
        "victorops_configs": [
            {"api_url": url + "/victorops/", "api_key": secret("victorops"), "routing_key": "r", "state_message": text}],
        "sns_configs": [
            {"api_url": url + "/sns", "topic_arn": "arn:aws:sns:us-east-2:1:t", "message": text,
             "sigv4": {"region": "us-east-2", "access_key": "AKIA", "secret_key": secret("aws")}}],
        "telegram_configs": [
            {"api_url": url + "/telegram", "bot_token": "1:" + secret("bot"), "chat_id": 1, "message": text}],
        "webex_configs": [
            {"api_url": url + "/webex", "room_id": "r", "message": text,
             "http_config": {"authorization": {"credentials": secret("webex")}}}],
        "msteams_configs": [{"webhook_url": hook("teams"), "title": text}],
        "msteamsv2_configs": [{"webhook_url": hook("teams2"), "title": text}],
        "jira_configs": [
            {"api_url": url + "/jira/rest/api/2", "project": "P", "issue_type": "Bug", "summary": text,
             "http_config": {"basic_auth": {"username": "user", "password": secret("jira")}}}],
        "rocketchat_configs": [
            {"api_url": url + "/", "channel": "c", "token": secret("rocket"), "token_id": secret("rocketid"), "text": text}],
        "mattermost_configs": [{"webhook_url": hook("mattermost"), "text": text}],
        "dingtalk_configs": [
            {"webhook_url": hook("robot/send"), "secret": secret("dingtalk"), "text": text},
            {"access_token": secret("access"), "secret": secret("dingtalk2"), "text": text},
            {"webhook_url": "{{ .Nothing.Here }}" + secret("robot")},
            {"robots": [{"webhook_url": hook("pool"), "secret": secret("pool")}, {"access_token": secret("pooltoken")}],
             "message_type": "feed_card", "at": {"mobiles": ["1"]}}],
        "wecom_configs": [{"webhook_url": hook("wecom"), "text": text}, {"key": secret("wecom"), "text": text}],
        "feishu_configs": [
            {"webhook_url": hook("feishu"), "secret": secret("feishu"), "text": text},
            {"hook_token": secret("hook"), "text": text}],
    }
    for i, integration in enumerate(c for configs in found.values() for c in configs):
        if "auth_username" not in integration and "alert_source_token" not in integration and "app_token" not in integration:
            integration.setdefault("http_config", _http(i))
    return found


def from_files(folder):
    """Integrations whose secrets are in files, none of which holds what it should."""

    def file(name):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write("ht tp://%s:x/%s\n" % (secret("filehost"), secret(name)))
        return path

    url = "http://127.0.0.1:1"
    return {
        "discord_configs": [{"webhook_url_file": file("discord")}],
        "incidentio_configs": [{"url": url, "alert_source_token_file": file("incidentio")}],
        "pagerduty_configs": [{"url": url, "routing_key_file": file("routing")}],
        "slack_configs": [{"api_url_file": file("slack")},
                          {"app_token_file": file("app"), "app_url": url, "channel": "c"}],
        "webhook_configs": [{"url_file": file("webhook")},
                            {"url": url, "http_config": {"authorization": {"credentials_file": file("credentials")}}}],
        "opsgenie_configs": [{"api_url": url, "api_key_file": file("opsgenie")}],
        "wechat_configs": [{"api_url": url, "corp_id": "c", "api_secret_file": file("wechat")}],
        "victorops_configs": [{"api_url": url, "api_key_file": file("victorops"), "routing_key": "r"}],
        "telegram_configs": [{"api_url": url, "bot_token_file": file("telegram"), "chat_id_file": file("chat")}],
        "msteams_configs": [{"webhook_url_file": file("teams")}],
        "msteamsv2_configs": [{"webhook_url_file": file("teams2")}],
        "mattermost_configs": [{"webhook_url_file": file("mattermost")}],
        "dingtalk_configs": [{"webhook_url_file": file("dingtalk"), "secret_file": file("sign")},
                             {"access_token_file": file("access")}],
        "wecom_configs": [{"webhook_url_file": file("wecom")}, {"key_file": file("wecomkey")}],
        "feishu_configs": [{"webhook_url_file": file("feishu")}, {"hook_token_file": file("hook")}],
    }


def globals_for(url):
    """The global block, with a secret in each field that an integration can inherit."""
    return {
        "smtp_smarthost": "127.0.0.1:1", "smtp_from": "b@example.org", "smtp_auth_password": secret("globalsmtp"),
        "smtp_auth_secret": secret("globalcram"), "slack_api_url": url + "/" + secret("globalslack"),
        "opsgenie_api_key": secret("globalopsgenie"), "wechat_api_secret": secret("globalwechat"),
        "victorops_api_key": secret("globalvictorops"), "telegram_bot_token": "1:" + secret("globaltelegram"),
        "rocketchat_token": secret("globalrocket"), "rocketchat_token_id": secret("globalrocketid"),
        "mattermost_webhook_url": url + "/" + secret("globalmattermost"),
        "dingtalk_api_url": url + "/robot/send", "wecom_robot_api_url": url + "/wecom", "feishu_api_url": url + "/feishu/",
        "http_config": {"basic_auth": {"username": "user", "password": secret("globalpassword")}},
    }
