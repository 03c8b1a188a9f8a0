/* The endpoints: each answers one exchange, now or later. */
#pragma once

#include "exchange.h"

void api_alerts_get(struct exchange *x);
void api_alerts_post(struct exchange *x);
void api_groups_get(struct exchange *x);
void api_silences_get(struct exchange *x);
void api_silences_post(struct exchange *x);
void api_silence_get(struct exchange *x);
void api_silence_delete(struct exchange *x);
void api_status_get(struct exchange *x);
void api_receivers_get(struct exchange *x);

/* Our own API, below /api/tocsin/v1. */
void api_own_ack_get(struct exchange *x);
void api_own_ack_post(struct exchange *x);
void api_own_ack_delete(struct exchange *x);
void api_own_alerts_get(struct exchange *x);
void api_own_openapi_get(struct exchange *x);
void api_own_me_get(struct exchange *x);
void api_own_events_get(struct exchange *x);
void api_own_dead_letters_get(struct exchange *x);
void api_own_dead_letter_replay(struct exchange *x);
void api_own_lanes_get(struct exchange *x);
void api_own_receivers_get(struct exchange *x);
void api_own_receiver_test(struct exchange *x);
void api_own_silence_preview(struct exchange *x);
void api_own_dry_run(struct exchange *x);
void api_own_explain_get(struct exchange *x);
void api_own_explain_post(struct exchange *x);
void api_own_history_alerts(struct exchange *x);
void api_own_history_notifications(struct exchange *x);
void api_own_history_mutings(struct exchange *x);
void api_own_history_audit(struct exchange *x);

/* Where other Alertmanagers hand over their messages: bridge.c. */
void bridge_dingtalk(struct exchange *x);
void bridge_wecom(struct exchange *x);

void manage_healthy(struct exchange *x);
void manage_reload(struct exchange *x);
void manage_metrics(struct exchange *x);
void manage_index(struct exchange *x);
void action_get(struct exchange *x);
void action_post(struct exchange *x);
void manage_v1_gone(struct exchange *x);
