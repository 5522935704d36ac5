# report.awk - the tables of the report, in HTML.
# Usage: awk -f report.awk workloads.csv bounds.csv WORKLOAD.csv...
# A line of a CSV is "case",peer,round,cores,figure,...; figures whose names are numbers are quantiles, which
# are for the pictures. Of bounds.csv: "case",workload,peer,"bound",value,verdict,cores.

function escape(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }

# Puts the n values of (key, 1..n) of figures[] in order.
function put_in_order(key, n, i, j, value) {
    for (i = 2; i <= n; i++) {
        value = figures[key, i]
        for (j = i; j > 1 && figures[key, j - 1] > value; j--) figures[key, j] = figures[key, j - 1]
        figures[key, j] = value
    }
}

function median(key, n) {
    return n % 2 ? figures[key, (n + 1) / 2] : (figures[key, n / 2] + figures[key, n / 2 + 1]) / 2
}

# Four digits, and no exponent.
function number(x) {
    if (x == "inf" || x > 1e300) return "never"
    if (x < 0) return "&minus;" number(-x)
    return sprintf(x >= 1000 ? "%.0f" : x >= 100 ? "%.1f" : x >= 1 ? "%.2f" : "%.3f", x)
}

function is_quantile(name) { return name ~ /^[0-9.]+$/ }

# More is better, or it is a ratio already.
function has_no_times(workload, name) {
    return workload == "build" || name ~ /^(speed-up|reached|more|times|two\/one)$/ ||
        (workload == "forkjoin" && name == "a task")
}

function begin_table(    c) {
    printf "<h2 id=\"%s\">%s</h2>\n<p>%s</p>\n<table>\n<tr><th class=name>n<th class=name>", workload, workload,
        escape(title[workload])
    for (c = 1; c <= columns; c++) printf "<th>%s<th>", column[c]
    printf "<th>cores"
    for (c = 1; c <= columns; c++) if (!has_no_times(workload, column[c])) printf "<th>&times; %s", column[c]
    printf "<th class=name>bound\n"
}

function print_row(which, peer, first,    c, n, key, value, of_par) {
    n = rounds[which, peer]
    printf "<tr class=\"%s%s\"><td class=name>%s<td class=name>%s", first ? "case" : "", peer == "par" ? " par" : "",
        first ? escape(which) : "", peer
    for (c = 1; c <= columns; c++) {
        key = which SUBSEP peer SUBSEP c
        put_in_order(key, n)
        value[c] = median(key, n)
        printf "<td>%s<td class=range>%s", number(value[c]),
            (n > 1 ? number(figures[key, 1]) " &ndash; " number(figures[key, n]) : "")
        middle[which, peer, c] = value[c]
    }
    key = which SUBSEP peer SUBSEP "cores"
    put_in_order(key, n)
    printf "<td>%.2f", median(key, n)
    for (c = 1; c <= columns; c++) {
        if (has_no_times(workload, column[c])) continue
        of_par = middle[which, "par", c]
        if (peer == "par" || of_par == "" || of_par > 1e300 || value[c] > 1e300 || value[c] <= 0) printf "<td>"
        else printf "<td>%.3f", of_par / value[c]
    }
    printf "<td class=name>%s\n", verdicts[workload, which, peer]
}

# The least of the others' first figures, where it is below par's.
function look_ahead(which,    i, peer, best) {
    best = ""
    if (!((which, "par", 1) in middle) || workload == "build") return
    for (i = 1; i <= peers[which]; i++) {
        peer = peer_at[which, i]
        if (peer ~ /^(par|par_fixed|serial|futex)$/) continue
        if (best == "" || middle[which, peer, 1] < middle[which, best, 1]) best = peer
    }
    if (best == "" || middle[which, best, 1] >= middle[which, "par", 1]) return
    ahead[++aheads] = "<tr><td class=name><a href=\"#" workload "\">" workload "</a><td class=name>" escape(which) \
        "<td>" number(middle[which, "par", 1]) "<td class=name>" best "<td>" number(middle[which, best, 1]) "<td>" \
        (middle[which, best, 1] > 0 ? sprintf("%.2f", middle[which, "par", 1] / middle[which, best, 1]) : "")
}

function end_table(    i, k) {
    if (workload == "") return
    begin_table()
    for (i = 1; i <= cases; i++) {
        for (k = 1; k <= peers[case_at[i]]; k++) print_row(case_at[i], peer_at[case_at[i], k], k == 1)
        look_ahead(case_at[i])
    }
    print "</table>"
    if (workload == "metg") print_metg()
    cases = 0
    split("", peers); split("", rounds); split("", middle); split("", known)
}

# By interpolation between two sizes, on a logarithmic scale; the cases are in order.
function metg_of(peer,    i, size, reached, size_before, reached_before, part) {
    for (i = 1; i <= cases; i++) {
        if (!((case_at[i], peer, 2) in middle)) return ""
        size = case_at[i] + 0
        reached = middle[case_at[i], peer, 2]
        if (reached >= 50 && i == 1) return "below " size
        if (reached >= 50) {
            part = (50 - reached_before) / (reached - reached_before)
            return number(exp(log(size_before) + part * log(size / size_before)))
        }
        size_before = size
        reached_before = reached
    }
    return "above " size
}

function print_metg(    k, peer) {
    print "<p>METG(50&nbsp;%): the size of task, in nanoseconds, from which half of the machine's speed is reached.</p>"
    print "<table><tr><th class=name><th>METG(50 %)"
    for (k = 1; k <= peers[case_at[1]]; k++) {
        peer = peer_at[case_at[1], k]
        if (peer != "serial") printf "<tr class=\"%s\"><td class=name>%s<td>%s\n", peer, peer, metg_of(peer)
    }
    print "</table>"
}

BEGIN {
    title["programs"] = "whole programs, from start to end, by hyperfine; milliseconds a run"
}

FNR == 1 {
    end_table()
    file = FILENAME
    sub(/.*\//, "", file)
    sub(/\.csv$/, "", file)
    workload = file == "workloads" || file == "bounds" ? "" : file
    n = split($0, heading, ",")
    for (columns = 0; 5 + columns <= n && !is_quantile(heading[5 + columns]); columns++)
        column[columns + 1] = heading[5 + columns]
    next
}

file == "workloads" { split($0, part, "\""); name = part[3]; sub(/,/, "", name); title[name] = part[2]; next }

file == "bounds" {
    split($0, part, "\"")
    split(part[3], of, ",")
    split(part[5], verdict, ",")
    verdicts[of[2], part[2], of[3]] = verdicts[of[2], part[2], of[3]] \
        (verdicts[of[2], part[2], of[3]] == "" ? "" : "; ") \
        sprintf("<span class=\"%s\">%s: %s</span>", verdict[4] == "few" ? "few" : verdict[3] == "held" ? "" : "bad",
            escape(part[4]), verdict[3] (verdict[4] == "few" ? " (few cores)" : ""))
    held += verdict[3] == "held"
    looked_at++
    if (verdict[3] != "held")
        broken[++breaks] = "<tr><td class=name><a href=\"#" of[2] "\">" of[2] "</a><td class=name>" escape(part[2]) \
            "<td class=name>" escape(part[4]) "<td>" number(verdict[2]) "<td class=name>" \
            (verdict[4] == "few" ? "few cores: measure again" : "")
    next
}

{
    split($0, part, "\"")
    which = part[2]
    split(part[3], field, ",")
    peer = field[2]
    if (!((which) in peers)) { peers[which] = 0; case_at[++cases] = which }
    if (!((which, peer) in known)) { known[which, peer] = 1; peer_at[which, ++peers[which]] = peer }
    i = ++rounds[which, peer]
    figures[which, peer, "cores", i] = field[4] + 0
    for (c = 1; c <= columns; c++) figures[which, peer, c, i] = field[4 + c] == "inf" ? 1e301 : field[4 + c] + 0
}

END {
    end_table()
    printf "<h2>Bounds that are not held</h2>\n<p>%d of %d that were looked at are held; these are not.</p>\n", held,
        looked_at
    print "<table>\n<tr><th class=name>workload<th class=name>n<th class=name>bound<th>is<th class=name>"
    for (i = 1; i <= breaks; i++) print broken[i]
    print "</table>\n<h2>Where a peer is ahead</h2>"
    print "<p>Of libraries, by the first figure, which is better the less it is.</p>\n<table>"
    print "<tr><th class=name>workload<th class=name>n<th>par<th class=name>best<th><th>times"
    for (i = 1; i <= aheads; i++) print ahead[i]
    print "</table>"
}
