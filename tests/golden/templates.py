#!/usr/bin/env python3
"""Makes tests/unit/data/tmpl/golden.jsonl: templates with what the real `amtool template render` says of them.

    tests/golden/templates.py AMTOOL > tests/unit/data/tmpl/golden.jsonl

AMTOOL is one of Alertmanager 0.33 or newer. The templates are made here, by tables that cross every verb, function and
context with every kind of value; the output of the real engine is what the unit test `tmpl_golden` compares with.
"""
import concurrent.futures
import itertools
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests/unit/data/tmpl/data.json"

VALUES = {
    "int": "42", "negative": "-7", "float": "3.25", "big float": "1e21", "string": '"héllo"', "empty": '""',
    "true": "true", "rune": "'x'", "kv": ".GroupLabels", "list": '(list "a" 2)', "strings": "(stringSlice \"a\" \"b\")",
    "dict": '(dict "k" 1 "j" "v")', "time": "(index .Alerts 2).EndsAt", "duration": "((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -90500000000))",
    "nil": '(index (dict "a" nil) "a")', "pair": "(index .CommonLabels.SortedPairs 0)",
    "month": "(index .Alerts 0).StartsAt.Month",
}
VERBS = "vdsqxXtTboOcUeEfFgGp"
SPECS = ["%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%#x", "%#X", "%#o", "%08b", "%c", "%q", "%U", "%#U", "%.2f", "%8.3f", "%-8.2f|",
         "%+.1e", "%g", "%G", "%#g", "%08.3f", "%s", "%10s|", "%-10s|", "%.2s", "%q", "%#q", "%+q", "% x", "%#x", "% X",
         "%v", "%+v", "%T", "%t", "%6t", "%%", "%", "%!", "%z", "%d %d", "%[2]d", "%[1]d %[1]v", "%*d", "%.*f", "%[9]d",
         "%-010d|", "%+q", "%x", "%.3v", "%9v|", "%-9v|", "%.10g", "%6.2f%%"]
COMPARE = ["eq", "ne", "lt", "le", "gt", "ge"]
OPERANDS = ["1", "1.5", '"a"', "true", ".Status", ".GroupLabels", "'a'", "nil", "(index .Alerts 0).StartsAt", "((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -1000000000))"]
ONE_ARG = ["len", "not", "html", "js", "urlquery", "print", "println", "toUpper", "toLower", "title", "trimSpace", "toJson",
           "humanizeDuration", "since", "safeHtml", "safeUrl", "urlUnescape",
           "stringSlice", "list", "dict", "and", "or", "index", "slice", "date", "tz", "append", "join", "match", "reReplaceAll",
           "printf", "eq", "now", "nosuch"]
TWO_ARG = ["join", "match", "append", "index", "slice", "date", "tz", "printf", "list", "and", "or"]
TWO_FIRST = ['"a+"', '","', "1", ".GroupLabels", '(list 1 2)', '"alertname"', '"UTC"', ".Alerts"]
TWO_SECOND = ['"caab"', '"-"', "0", ".GroupLabels", '(stringSlice "x" "y")', "(index .Alerts 0).StartsAt", "nil"]

HTML_PLACES = [
    "<p>{{ %s }}</p>", '<a title="{{ %s }}">', "<a title='{{ %s }}'>", "<a title={{ %s }}>", '<a href="{{ %s }}">',
    '<a href="/p?q={{ %s }}">', '<a href="{{ %s }}/x?y=1#{{ %s }}">', "<script>var x = {{ %s }};</script>",
    "<script>var s = '{{ %s }}';</script>", '<script>var s = "a{{ %s }}b";</script>', "<script>/{{ %s }}/.test(1)</script>",
    "<script>`{{ %s }}`</script>", "<style>p { color: {{ %s }} }</style>", '<p style="color: {{ %s }}">',
    "<style>p { background: url('{{ %s }}') }</style>", '<p onclick="f({{ %s }})">', "<!-- {{ %s }} -->x", "<textarea>{{ %s }}</textarea>",
    "<title>{{ %s }}</title>", "<img srcset=\"{{ %s }} 2x\">", "<{{ %s }}>", "<p {{ %s }}=1>", "<p {{ %s }}>", '<script type="text/template">{{ %s }}</script>',
    '<script type="application/json">{{ %s }}</script>', "<a data-href=\"{{ %s }}\">", "<meta content='{{ %s }}'>", "<iframe srcdoc=\"{{ %s }}\">",
]
HTML_VALUES = ['"<b>&\'\\"+x</b>"', '"javascript:alert(1)"', '"http://h/a b?c=d&e=ü"', "42", "-1.5", "true", "nil", ".GroupLabels", ".Alerts.Firing",
               '("<i>x</i>" | safeHtml)', '("javascript:x" | safeUrl)', '"</script>"', '(list 1 "a")', '(dict "k" "<")', '(index .Alerts 0).StartsAt', '"red; x:y"']

LAYOUTS = ["2006-01-02 15:04:05", "Mon Jan _2 15:04:05 MST 2006", "Monday, 02-Jan-06 03:04PM", "2006-01-02T15:04:05.999999999Z07:00",
           "15:04:05.000", "15:04:05,999", "3:4:5 pm", "Jan 2 2006 at 3:04pm (MST)", "002 __2 01/02 06", "-0700 -07:00 -07 Z0700 Z07", "January",
           "2006年01月02日 15时04分", "PM am MONDAY mon", "05.00 .000 .999999", "20060102150405", "1/2/06", "_2Jan", ""]
TIMES = ["(index .Alerts 0).StartsAt", "(index .Alerts 1).StartsAt", "(index .Alerts 0).EndsAt"]
TIME_METHODS = ["Year", "Month", "Day", "Hour", "Minute", "Second", "Nanosecond", "Weekday", "YearDay", "Unix", "UnixMilli", "UnixNano", "IsZero",
                "UTC", "Local", "String", "Truncate", "Nope"]
DURATIONS = ["((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add 0))", "((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -1500000000))", "((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -3661000000000))", "((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -1000))", "((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add 90000000000))", "((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -172800000000000))"]
DURATION_METHODS = ["Hours", "Minutes", "Seconds", "Milliseconds", "Microseconds", "Nanoseconds", "String", "Abs", "Nope"]
HUMANIZE = ["0", "1", "-1", "59", "60", "61.5", "3600", "86399", "86400", "90061", "0.5", "0.0123", "0.00000012", '"12.5"', '"abc"', '"NaN"',
            '"+Inf"', '"-Inf"', "1e10", "((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -75000000000))", "true", ".Status"]

SYNTAX = [
    "{{", "{{ }}", "{{ . ", "}}", "{{}}", "{{/* c */}}x", "{{ /* c */ }}x", "{{/* c */ }}", "{{- /* c */ -}} x", "{{/* open", "{{ \"open }}", "{{ `open }}",
    "{{ 'ab' }}", "{{ '' }}", "{{ ' }}", "{{ 1a }}", "{{ 08 }}", "{{ 0b2 }}", "{{ 1_ }}", "{{ 1__0 }}", "{{ 0x }}", "{{ 1e }}", "{{ 99999999999999999999 }}",
    "{{ 1.5.2 }}", "{{ .a-b }}", "{{ .1 }}", "{{ ..a }}", "{{ .a. }}", "{{ $x }}", "{{ $x := }}", "{{ $x = 1 }}", "{{ $x := 1 }}{{ $x }}",
    "{{ $x := 1 }}{{ $x := 2 }}{{ $x }}", "{{ $x, $y := 1 }}", "{{ range $x, $y, $z := .Alerts }}{{ end }}", "{{ range $i := .Alerts }}.{{ end }}",
    "{{ range $x, $x := .Alerts }}{{ end }}", "{{ range .Alerts }}", "{{ end }}", "{{ else }}", "{{ if }}x{{ end }}", "{{ if true }}a{{ else }}b{{ else }}c{{ end }}",
    "{{ if true }}a{{ else if }}b{{ end }}", "{{ if false }}a{{ else if true }}b{{ end }}", "{{ with 0 }}a{{ else with 1 }}{{ . }}{{ end }}",
    "{{ with 0 }}a{{ else if true }}b{{ end }}", "{{ break }}", "{{ continue }}", "{{ range .Alerts }}{{ if true }}{{ break }}{{ end }}{{ end }}ok",
    "{{ define }}{{ end }}", "{{ define \"x\" }}", "{{ define x }}{{ end }}", "{{ if true }}{{ define \"x\" }}{{ end }}{{ end }}", "{{ template }}",
    "{{ template x }}", "{{ template \"nosuch\" }}", "{{ template \"nosuch\" . }}", "{{ template \"x\" . . }}", "{{ block \"b\" . }}in{{ .Status }}{{ end }}",
    "{{ block \"b\" }}x{{ end }}", "{{ block }}{{ end }}", "{{ nil }}", "{{ true false }}", "{{ 1 2 }}", "{{ \"a\" \"b\" }}", "{{ .Status 1 }}", "{{ (.Status) }}", "{{ (1) }}",
    "{{ (.Alerts).Firing }}", "{{ ( }}", "{{ ) }}", "{{ () }}", "{{ (print 1 }}", "{{ | print }}", "{{ 1 | }}", "{{ 1 | 2 }}", "{{ 1 | print | }}", "{{ 1 || 2 }}",
    "{{ print 1, 2 }}", "{{ print(1) }}", "{{ print (1)(2) }}", "{{ 1 := 2 }}", "{{ $x := 1 := 2 }}", "{{ $x := $y := 1 }}", "{{ foo }}", "{{ .Status.Foo }}",
    "{{ .Alerts.Nope }}", "{{ .GroupLabels.Nope.More }}", "{{ $.Status }}", "{{ $.Nope }}", "{{ \"x\".Foo }}", "{{ 1.Foo }}", "{{ true.Foo }}", "{{ nil.Foo }}",
    "{{ @ }}", "{{ # }}", "{{ = }}", "{{ : }}", "{{ ! }}", "{{ 你 }}", "{{ .你 }}", "{{ \"\\q\" }}", "{{ \"\\u12\" }}", "{{ \"\\xZZ\" }}", "{{ '\\n' }}", "{{ `a\nb` }}", "{{ \"a\nb\" }}",
    "a{{- 1 -}}b", "a {{- 1 -}} b", "a {{ 1 -}} b", "a {{-1 -}} b", "a {{- 1}} b", "a\n\t {{- 1 -}} \n b", "{{-1-}}", "{{ 1-}}", "{{ 1 - }}", "{{ -1 }}", "{{ - 1 }}", "{{ +1 }}",
    "{{ 1i }}", "{{ 1+2i }}", "{{ 1-2 }}", "{{ 2i | printf \"%.1f\" }}", "{{ eq 1i 1i }}", "{{ lt 1i 2i }}", "{{ not 0i }}", "{{ toJson 1i }}", "{{ printf \"%d\" 1i }}", "{{ 1+0i }}", "{{ index .Alerts 1i }}", "{{ 0x1p4 }}", "{{ .5 }}", "{{ 5. }}", "{{ 1.e3 }}", "{{ 0o17 }}", "{{ 017 }}", "{{ 0_1 }}", "{{ 'é' }}", "{{ '\\'' }}", "{{ \"\\'\" }}",
    "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}",
    "{{ if $x := 1 }}{{ $x }}{{ else }}{{ $x }}{{ end }}{{ $x }}", "{{ with $x := 1 }}{{ $x }}{{ . }}{{ end }}", "{{ range $i, $a := .Alerts }}{{ $i }}{{ $a.Status }}{{ else }}none{{ end }}",
    "{{ range .Nope }}{{ end }}", "{{ range 0 }}x{{ else }}none{{ end }}", "{{ range -1 }}x{{ else }}none{{ end }}", "{{ range \"abc\" }}{{ . }}{{ end }}", "{{ range 1.5 }}{{ end }}",
    "{{ range true }}{{ end }}", "{{ range nil }}{{ end }}", "{{ range .GroupLabels }}{{ . }}{{ end }}", "{{ range $k, $v := .CommonLabels }}{{ $k }}={{ $v }};{{ end }}",
    "{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}", "{{ range $i, $e := list 1 \"a\" nil }}{{ $i }}:{{ $e }};{{ end }}",
    "{{ range $k, $v := dict \"b\" 1 \"a\" 2 }}{{ $k }}{{ $v }}{{ end }}", "{{ range (index .Alerts 0) }}{{ end }}", "{{ range $i := 3 }}{{ $i }}{{ if eq $i 1 }}{{ continue }}{{ end }}x{{ end }}",
    "{{ define \"t\" }}[{{ . }}{{ $ }}]{{ end }}{{ template \"t\" 5 }}{{ template \"t\" }}", "{{ define \"t\" }}{{ template \"t\" . }}{{ end }}{{ template \"t\" }}",
    "{{ define \"t\" }}a{{ end }}{{ define \"t\" }}{{ end }}{{ template \"t\" }}", "{{ define \"t\" }}{{ end }}{{ define \"t\" }}b{{ end }}{{ template \"t\" }}",
     "{{ .Alerts.Firing | len }}", "{{ .Alerts | len }}",
    "{{ len .Alerts.Firing.Resolved }}", "{{ .Alerts.Firing 1 }}", "{{ .GroupLabels.Remove \"x\" }}", "{{ .GroupLabels.Remove (stringSlice \"alertname\") }}",
    "{{ .CommonLabels.Names }}", "{{ .CommonLabels.String }}",
    "{{ (index .Alerts 0).Labels.Remove .GroupLabels.Names }}", "{{ .GroupLabels.names }}", "{{ index .GroupLabels \"Names\" }}", "{{ index .Alerts 9 }}", "{{ index .Alerts -1 }}", "{{ index .Alerts \"a\" }}",
    "{{ index .GroupLabels 1 }}", "{{ index \"abc\" 1 }}", "{{ index \"abc\" 5 }}", "{{ index 1 1 }}", "{{ index nil 1 }}", "{{ index .Alerts 0 1 }}", "{{ (index .Alerts 0).Labels.alertname }}",
    "{{ slice \"abcdef\" 2 }}", "{{ slice \"abcdef\" 2 4 }}", "{{ slice \"abc\" 2 1 }}", "{{ slice \"abc\" 5 }}", "{{ slice \"abc\" -1 }}", "{{ slice (list 1 2 3) 1 }}", "{{ slice .GroupLabels 1 }}",
    "{{ slice \"abc\" 0 1 2 }}", "{{ slice (list 1 2 3) 0 1 2 }}", "{{ len 5 }}", "{{ len nil }}", "{{ len .GroupLabels }}", "{{ len (dict) }}", "{{ dict 1 2 }}", "{{ dict \"a\" }}", "{{ dict \"a\" 1 \"a\" 2 }}",
    "{{ (dict \"a\" 1).a }}", "{{ (dict \"a\" 1).b }}", "{{ (dict \"a\" (dict \"b\" 2)).a.b }}", "{{ (dict).x.y }}", "{{ append (list 1) 2 }}", "{{ append (list) \"a\" \"b\" }}", "{{ append .Alerts 1 }}", "{{ list }}",
    "{{ reReplaceAll \"(a)(b)\" \"$2$1\" \"abab\" }}", "{{ reReplaceAll \"(?P<x>a)\" \"${x}-\" \"aa\" }}", "{{ reReplaceAll \"a*\" \"-\" \"baac\" }}", "{{ reReplaceAll \"(\" \"\" \"x\" }}", "{{ reReplaceAll \"a\" \"$0$9$$\" \"a\" }}",
    "{{ match \"^a.c$\" \"abc\" }}", "{{ match \"(\" \"a\" }}", "{{ title \"hello wORLD o'neil a-b x_y 1st\" }}", "{{ toUpper \"straße éa\" }}", "{{ toLower \"ÀÉİ\" }}", "{{ trimSpace \" \\t a \\n\" }}",
     "{{ urlUnescape \"a%20b+c\" }}", "{{ urlUnescape \"%zz\" }}", "{{ toJson .Alerts }}", "{{ toJson (list 1 1.5 \"<&>\" nil true) }}",
    "{{ toJson ((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -1500000000)) }}", "{{ toJson \"\\u2028\\x00é\" }}", "{{ toJson 1e21 }}", "{{ toJson 0.000001 }}", "{{ toJson 100000000000000000000.0 }}", "{{ .CommonLabels | toJson | urlquery }}", "{{ html \"<&'\\\"\\x00>\" }}", "{{ js \"<'\\\"\\\\\\n\\u2028=&>\" }}",
    "{{ urlquery \"a b&c=d/é~-_.\" }}", "{{ urlquery 1 \"a\" 2 }}", "{{ html 1 \"a\" nil }}", "{{ print 1 2 \"a\" 3 4 }}", "{{ print nil }}", "{{ println 1 \"a\" }}", "{{ print }}", "{{ printf }}", "{{ printf 1 }}", "{{ printf \"%d\" }}",
    "{{ printf \"%d\" 1 2 }}", "{{ printf \"%[1]*d\" 3 4 }}", "{{ printf \"%[x]d\" 1 }}", "{{ printf \"%[0]d\" 1 }}", "{{ printf \"%-+# 0d\" 5 }}", "{{ printf \"%.d\" 5 }}", "{{ printf \"%.f\" 2.5 }}", "{{ printf \"%.-1f\" 2.5 }}",
    "{{ printf \"%s\" (list nil) }}", "{{ printf \"%d\" (list 1 \"a\") }}", "{{ printf \"%v %d\" \"a\" \"b\" }}", "{{ printf \"%s\" .Alerts.Firing }}", "{{ printf \"%v\" (index .Alerts 2) }}", "{{ printf \"%+v\" (index .CommonLabels.SortedPairs 0) }}",
    "{{ and 0 (index .Alerts 99) }}", "{{ or 1 (index .Alerts 99) }}", "{{ and 1 0 2 }}", "{{ or 0 \"\" nil }}", "{{ not nil }}", "{{ not .Alerts }}", "{{ eq 1 2 3 1 }}", "{{ eq 1 }}", "{{ eq \"a\" \"b\" 1 }}", "{{ call nil }}",
    "{{ now | len }}", "{{ now.Nope }}", "{{ (tz \"Asia/Shanghai\" (index .Alerts 0).StartsAt) }}", "{{ (index .Alerts 0).StartsAt | tz \"America/New_York\" | date \"15:04 MST -0700\" }}", "{{ tz \"Mars/Base\" (index .Alerts 0).StartsAt }}",
    "{{ ((index .Alerts 2).EndsAt.Sub (index .Alerts 2).StartsAt) }}", "{{ (index .Alerts 0).StartsAt.Add 3600e9 }}", "{{ (index .Alerts 0).StartsAt.Add 1.5 }}", "{{ (index .Alerts 0).StartsAt.Add \"1h\" }}", "{{ (index .Alerts 0).StartsAt.AddDate 0 1 -1 }}",
    "{{ (index .Alerts 0).StartsAt.Before (index .Alerts 1).StartsAt }}", "{{ (index .Alerts 0).StartsAt.Equal (index .Alerts 0).StartsAt }}", "{{ (index .Alerts 0).StartsAt.Format \"2006\" }}", "{{ (index .Alerts 0).StartsAt.Format 1 }}", "{{ (index .Alerts 0).StartsAt.Format }}",
    "{{ (index .Alerts 0).StartsAt.Truncate 3600e9 }}", "{{ (index .Alerts 0).StartsAt.Round 3600e9 }}", "{{ (index .Alerts 0).StartsAt.In nil }}", "{{ (((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -3700000000000)).Truncate 60e9) }}", "{{ (((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -3700000000000)).Round 3600e9) }}",
    "{{ eq ((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -1000000000)) ((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -1000000000)) }}", "{{ lt ((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -1000000000)) ((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -2000000000)) }}", "{{ gt (since (index .Alerts 0).StartsAt) ((index .Alerts 2).EndsAt.Sub ((index .Alerts 2).EndsAt.Add -1000000000)) }}", "{{ gt (now.Sub (index .Alerts 0).StartsAt).Hours 1.0 }}", "{{ eq .Alerts .Alerts }}", "{{ eq nil nil }}", "{{ eq .GroupLabels nil }}",
    "{{ lt nil 1 }}", "{{ lt \"a\" \"b\" }}", "{{ lt true false }}", "{{ eq 'a' 97 }}", "{{ eq 1 1.0 }}", "{{ .Receiver }}", "{{ .NotificationReason }}",
    "{{ .ExternalURL }}", "{{ .TruncatedAlerts }}", "{{ .GroupKey }}", "{{ .Version }}", "{{ .status }}", "{{ .Alerts.Firing.Labels }}", "{{ (index .Alerts 0).labels }}", "{{ (index .Alerts 0) }}", "{{ (index .Alerts 0).Fingerprint }}", "{{ .Alerts }}",
    "line1\nline2 {{ .Nope }}\n", "line1\n  {{ if\n .Nope }}x{{ end }}", "{{ range .Alerts }}{{ .Nope }}{{ end }}", "{{ define \"in\" }}\n\n {{ .Bad }}{{ end }}x{{ template \"in\" . }}",
]
# Renderings of alerts as people write them for their channels; ours, in the manner of what is found in the field.
STYLES = [
    "{{ if eq .Status \"firing\" }}🔥{{ else }}✅{{ end }} *[{{ .Status | toUpper }}{{ if eq .Status \"firing\" }}:{{ .Alerts.Firing | len }}{{ end }}]* {{ .CommonLabels.alertname }}",
    "{{ range .Alerts }}*Alert:* {{ .Annotations.summary }}{{ if .Labels.severity }} - `{{ .Labels.severity }}`{{ end }}\n*Details:*\n{{ range .Labels.SortedPairs }} • *{{ .Name }}:* `{{ .Value }}`\n{{ end }}{{ end }}",
    "{{ range $i, $a := .Alerts }}{{ if lt $i 2 }}{{ $a.Labels.instance | reReplaceAll \":.*\" \"\" }} {{ $a.Annotations.summary }}\n{{ end }}{{ end }}{{ if gt (len .Alerts) 2 }}…and more{{ end }}",
    "{{ define \"line\" }}- [{{ .Labels.alertname }}]({{ .GeneratorURL }}) since {{ .StartsAt.Format \"15:04:05\" }}\n{{ end }}{{ if .Alerts.Firing }}## Firing\n{{ range .Alerts.Firing }}{{ template \"line\" . }}{{ end }}{{ end }}{{ if .Alerts.Resolved }}## Resolved\n{{ range .Alerts.Resolved }}{{ template \"line\" . }}{{ end }}{{ end }}",
    "### {{ .GroupLabels.SortedPairs.Values | join \" \" }}\n{{- range .Alerts.Firing }}\n> **级别**: {{ .Labels.severity | toUpper }}\n> **时间**: {{ (.StartsAt.Add 28800e9).Format \"2006-01-02 15:04:05\" }}\n> **实例**: {{ .Labels.instance }}\n{{- end }}",
    "{{- with index .Alerts 0 -}}{{ .Labels.alertname }}@{{ .Labels.instance }}{{- end }} {{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}",
    "{{ $c := \"good\" }}{{ range .Alerts.Firing }}{{ if eq .Labels.severity \"critical\" }}{{ $c = \"danger\" }}{{ else if ne $c \"danger\" }}{{ $c = \"warning\" }}{{ end }}{{ end }}{{ $c }}",
    "{{ .ExternalURL }}/#/silences/new?filter=%7B{{ range .CommonLabels.SortedPairs }}{{ if ne .Name \"alertname\" }}{{ .Name }}%3D%22{{ .Value | urlquery }}%22%2C%20{{ end }}{{ end }}alertname%3D%22{{ .CommonLabels.alertname }}%22%7D",
    "{\"text\": {{ printf \"%s: %d\" .CommonLabels.alertname (len .Alerts) | toJson }}, \"alerts\": {{ .Alerts | toJson }}}",
    "{{ range .Alerts }}{{ .Status | title }} {{ printf \"%-12s\" .Labels.severity }}{{ with .Annotations.runbook_url }} <{{ . }}|runbook>{{ end }}{{ if not .EndsAt.IsZero }} after {{ (.EndsAt.Sub .StartsAt) | humanizeDuration }}{{ end }}\n{{ end }}",
]
HTML_STYLES = [
    "<table>{{ range .Alerts }}<tr style=\"background:{{ if eq .Status \"firing\" }}#d00{{ else }}#0a0{{ end }}\"><td><a href=\"{{ .GeneratorURL }}\">{{ .Labels.alertname }}</a></td><td>{{ .Annotations.description }}</td></tr>{{ end }}</table>",
    "{{ .CommonLabels.alertname }}<br>{{ range .Alerts.Firing }}{{ range .Labels.SortedPairs }}<b>{{ .Name }}</b> = {{ .Value }}<br />{{ end }}{{ end }}",
    "<b>{{ .Status | toUpper }}</b>\n{{ range .Alerts }}<code>{{ .Labels.instance }}</code> {{ .Annotations.summary }} <i>{{ .StartsAt.Format \"Jan 2\" }}</i>\n{{ end }}",
]

# Whole messages for one channel each: (channel, engine, template). They come last, so that the other rows keep their ids.
CHANNEL_STYLES = [
    ("slack", "text", """\
{{- define "slack.emoji" }}{{ if eq . "critical" }}:rotating_light:{{ else if eq . "warning" }}:warning:{{ else }}:information_source:{{ end }}{{ end -}}
*{{ .CommonLabels.alertname }}*
{{ range .Alerts.Firing }}{{ template "slack.emoji" .Labels.severity }} <{{ .GeneratorURL }}|{{ .Labels.instance }}>: {{ .Annotations.summary }}
{{- with .Annotations.description }}
>{{ . | reReplaceAll "\\n" "\\n>" }}{{ end }}
{{ end }}{{ with .Alerts.Resolved }}:white_check_mark: ~{{ range $i, $a := . }}{{ if $i }}, {{ end }}{{ $a.Labels.instance }}{{ end }}~{{ end }}"""),
    ("slack", "text", """\
{{ $f := len .Alerts.Firing }}{{ $r := len .Alerts.Resolved }}[{{ .Status | toUpper }}{{ if $f }} {{ $f }}{{ end }}{{ if $r }} / {{ $r }} resolved{{ end }}] \
{{ .GroupLabels.Values | join ", " }}{{ with .CommonLabels.Remove .GroupLabels.Names }} ({{ range $i, $p := .SortedPairs }}{{ if $i }}, {{ end }}{{ $p.Name }}: {{ $p.Value }}{{ end }}){{ end }}
{{- range .Alerts }}
`{{ .Labels.severity | printf "%-8s" }}` {{ .Annotations.summary | printf "%.20s" }} {{ .StartsAt.UTC.Format "Jan _2 15:04" }}{{ if eq .Status "resolved" }} - {{ .EndsAt.UTC.Format "15:04" }}{{ end }}
{{- end }}"""),
    ("email", "html", """\
<html><head><title>{{ .CommonLabels.alertname }} {{ .Status }}</title><style>td { padding: 4px; }</style></head><body style="font-family: sans-serif">
<h2 style="color: {{ if .Alerts.Firing }}#d00{{ else }}#080{{ end }}">{{ .Status | toUpper }} ({{ len .Alerts }})</h2>
<table border="1" cellspacing="0">{{ range .Alerts }}{{ $bg := "#fff" }}{{ if eq .Labels.severity "critical" }}{{ $bg = "#fdd" }}{{ end }}
<tr bgcolor="{{ $bg }}"><td title="{{ .Fingerprint }}">{{ .Labels.alertname }}</td><td><a href="{{ .GeneratorURL }}">{{ .Labels.instance }}</a></td>
<td>{{ or .Annotations.description .Annotations.summary "-" }}</td><td>{{ .StartsAt.Format "2006-01-02 15:04:05 -07:00" }}</td></tr>{{ end }}</table>
<p><a href="{{ .ExternalURL }}/#/silences/new?filter={{ .CommonLabels.alertname }}">Silence</a> <a href="mailto:ops@example.com?subject={{ .CommonLabels.alertname }}">Write</a></p></body></html>"""),
    ("email", "html", """\
{{ define "rows" }}{{ range . }}<li><b>{{ .Labels.instance }}</b>{{ range .Annotations.SortedPairs }}<br><i>{{ .Name }}</i>: {{ if match "^https?://" .Value }}<a href="{{ .Value }}">{{ .Value }}</a>{{ else }}{{ .Value }}{{ end }}{{ end }}</li>{{ end }}{{ end -}}
{{ with .Alerts.Firing }}<h3>Firing: {{ len . }}</h3><ul>{{ template "rows" . }}</ul>{{ end }}
{{- with .Alerts.Resolved }}<h3>Resolved: {{ len . }}</h3><ul>{{ template "rows" . }}</ul>{{ end }}
<pre>{{ .CommonLabels.SortedPairs }}</pre>"""),
    ("dingtalk", "text", """\
{{ define "ding.one" }}
#### {{ if eq .Status "firing" }}🔥 告警{{ else }}✅ 恢复{{ end }}: {{ .Labels.alertname }}
- 级别: **{{ .Labels.severity }}**
- 实例: {{ .Labels.instance | reReplaceAll `:\\d+$` "" }}
- 开始: {{ (.StartsAt.Add 28800e9).Format "2006-01-02 15:04:05" }}{{ if eq .Status "resolved" }}
- 结束: {{ (.EndsAt.Add 28800e9).Format "2006-01-02 15:04:05" }}
- 持续: {{ .EndsAt.Sub .StartsAt | humanizeDuration }}{{ end }}
- 详情: {{ or .Annotations.description .Annotations.summary "无" }}
{{ end }}{{ range .Alerts }}{{ template "ding.one" . }}
---
{{ end }}[查看]({{ .ExternalURL }}) @13800000000"""),
    ("dingtalk", "text", """\
{{ $n := 0 }}{{ range .Alerts }}{{ if eq .Labels.severity "critical" }}{{ $n = len .Labels }}{{ end }}{{ end -}}
## [{{ .Status | title }}:{{ len .Alerts.Firing }}] {{ index .GroupLabels "alertname" }}{{ if gt $n 0 }} ‼️{{ end }}
{{ range $i, $a := .Alerts.Firing }}{{ if le $i 4 }}
> {{ $a.Annotations.summary }} ({{ $a.StartsAt | tz "Asia/Shanghai" | date "01-02 15:04" }}) [图]({{ $a.GeneratorURL }})
{{ end }}{{ end }}"""),
    ("wecom", "text", """\
{{ range .Alerts }}{{ if eq .Status "firing" }}<font color="warning">**告警**</font>{{ else }}<font color="info">**恢复**</font>{{ end }} {{ .Labels.alertname }}
>级别: <font color="comment">{{ .Labels.severity | toUpper }}</font>
>主机: <font color="comment">{{ or .Labels.instance .Labels.pod "-" }}</font>
>时间: <font color="comment">{{ .StartsAt.Format "2006-01-02 15:04:05" }}</font>
{{- if .Annotations.runbook_url }}
>[处理手册]({{ .Annotations.runbook_url | reReplaceAll " " "%20" }}){{ end }}
{{ end }}"""),
    ("wecom", "text", """\
【{{ if .Alerts.Firing }}故障{{ else }}恢复{{ end }}】{{ .CommonLabels.job }} 共 {{ len .Alerts }} 条
{{- range $i, $a := .Alerts }}
{{ printf "%02d" $i }}. {{ $a.Labels.instance }} {{ with $a.Annotations.summary }}{{ . }}{{ else }}(无){{ end }}
{{- end }}
{{ .NotificationReason }} <@{{ index (stringSlice "zhang" "li") 1 }}>"""),
]


def text_cases():
    for (name, value), verb in itertools.product(VALUES.items(), VERBS):
        if verb != "p" and (name != "time" or verb in "vsqxXT"):  # addresses differ from run to run
            yield f"verb {verb} of {name}", '{{ printf "%%%s" %s }}' % (verb, value)
    for value in VALUES.values():
        yield f"Go syntax of {value}", '{{ printf "%%#v|%%+v" %s %s }}' % (value, value)
    for spec, value in itertools.product(SPECS, ("42", "-3.5", '"héllo"', "true", '"a" "b"', "1 2", ".GroupLabels")):
        yield f"spec {spec} of {value}", "{{ printf %s %s }}" % (json.dumps(spec), value)
    for op, a, b in itertools.product(COMPARE, OPERANDS, OPERANDS):
        yield f"{op} {a} {b}", "{{ %s %s %s }}" % (op, a, b)
    for fn, (name, value) in itertools.product(ONE_ARG, VALUES.items()):
        if (fn, name) not in (("since", "time"), ("humanizeDuration", "big float")):
            yield f"{fn} of {name}", "{{ %s | %s }}" % (value, fn)
    for fn, a, b in itertools.product(TWO_ARG, TWO_FIRST, TWO_SECOND):
        yield f"{fn} {a} {b}", "{{ %s %s %s }}" % (fn, a, b)
    for value in HUMANIZE:
        yield f"humanizeDuration {value}", "{{ humanizeDuration %s }}" % value
    for t, layout in itertools.product(TIMES, LAYOUTS):
        yield f"layout {layout}", "{{ %s.Format %s }}" % (t, json.dumps(layout))
    for t, method in itertools.product(TIMES, TIME_METHODS):
        yield f"time {method}", "{{ %s.%s }}" % (t, method)
    for d, method in itertools.product(DURATIONS, DURATION_METHODS):
        yield f"duration {method}", "{{ %s.%s }}|{{ %s }}" % (d, method, d)
    for text in SYNTAX:
        yield f"syntax {text}", text
    for text in STYLES:
        yield "style", text


def html_cases():
    for place, value in itertools.product(HTML_PLACES, HTML_VALUES):
        yield f"{place} of {value}", place.replace("%s", value)
    for text in SYNTAX:
        yield f"html {text}", text
    for text in HTML_STYLES:
        yield "html style", text


def render(amtool, kind, text):
    got = subprocess.run([amtool, "template", "render", "--template.glob=/dev/null", f"--template.type={kind}", f"--template.text={text}",
                          f"--template.data={DATA}"], capture_output=True, check=False, env={"TZ": "UTC"})
    if got.returncode == 0:
        return {"out": got.stdout.decode("utf-8", "replace")}
    return {"err": got.stderr.decode("utf-8", "replace").removeprefix("amtool: error: ").rstrip("\n")}


def main():
    amtool = sys.argv[1]
    cases = [("text", t, None) for _, t in text_cases()] + [("html", t, None) for _, t in html_cases()]
    cases += [(kind, text, channel) for channel, kind, text in CHANNEL_STYLES]
    seen, rows = set(), []
    for kind, text, channel in cases:
        if (kind, text) not in seen:
            seen.add((kind, text))
            rows.append((kind, text, channel))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda row: render(amtool, row[0], row[1]), rows)
        for i, ((kind, text, channel), result) in enumerate(zip(rows, results)):
            row = {"id": f"G{i:04d}", "t": text, **result}
            if kind == "html":
                row["html"] = True
            if channel:
                row["channel"] = channel
            print(json.dumps(row, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
