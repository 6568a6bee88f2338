use super::*;

fn level(line: &str) -> Level {
    Levels::default().of(line)
}

/// Lines as tools write them.
#[rustfmt::skip]
const LINES: &[(Level, &str)] = {
    use Level::{Error, Fatal, Info, None, Notice, Trace, Warning};
    &[
        // Structured.
        (Error, r#"{"level":"error","ts":1795243328.123,"caller":"x/y.go:12","msg":"boom"}"#),
        (Info, r#"{"time":"2026-11-21T06:42:08Z","level":"INFO","msg":"0 errors","error":null}"#),
        (Error, r#"{"severity":"ERROR","message":"x","timestamp":"2026-11-21T06:42:08Z"}"#),
        (Fatal, r#"{"severity":"CRITICAL","message":"x"}"#),
        (Warning, r#"{"@timestamp":"2026-11-21T06:42:08.123Z","log.level":"WARN","message":"x"}"#),
        (Error, r#"{"@timestamp":"2026-11-21T06:42:08.123Z","log":{"level":"error","logger":"x"},"message":"y"}"#),
        (Trace, r#"{"level":10,"time":1795243328123,"pid":1,"hostname":"h","msg":"x"}"#),
        (Info, r#"{"level":30,"time":1795243328123,"pid":1,"hostname":"h","msg":"request failed"}"#),
        (Warning, r#"{"name":"app","hostname":"h","pid":1,"level":40,"msg":"x","v":0}"#),
        (Error, r#"{"level":50,"time":1795243328123,"err":{"type":"Error","message":"x"},"msg":"y"}"#),
        (Fatal, r#"{"level":60,"msg":"x"}"#),
        (Error, r#"{"version":"1.1","host":"h","short_message":"x","level":3}"#),
        (Warning, r#"{"message":"x","context":{"level":"error"},"level":300,"level_name":"WARNING"}"#),
        (Error, r#"{"levelname": "ERROR", "levelno": 40, "message": "x"}"#),
        (Error, r#"{"t":{"$date":"2026-11-21T06:42:08.123+00:00"},"s":"E","c":"STORAGE","id":1,"msg":"x"}"#),
        (Info, r#"{"t":{"$date":"2026-11-21T06:42:08.123+00:00"},"s":"I","c":"NETWORK","id":1,"msg":"x"}"#),
        (Error, r#"{"timestamp":"2026-11-21 06:42:08.123 UTC","pid":1,"error_severity":"ERROR","message":"x"}"#),
        (Error, r#"{"PRIORITY":"3","MESSAGE":"x","_PID":"1"}"#),
        (Error, r#"{"body":"x","severityNumber":17}"#),
        (Error, r#"{"log":"2026-11-21 06:42:08 ERROR boom\n","stream":"stderr","time":"2026-11-21T06:42:08Z"}"#),
        (Error, r#"{"@t":"2026-11-21T06:42:08Z","@m":"x","@l":"Error"}"#),
        (Error, r#"{"msg":"cannot connect","error":"refused"}"#),
        (None, r#"{"msg":"connected","error":""}"#),
        (None, r#"{"user":"level"}"#),
        (Error, r#"{"time":"2026-11-21T06:42:08Z","request_method":"GET","uri":"/x","status":"502"}"#),
        (Warning, r#"{"level":"info","method":"GET","path":"/x","status":404}"#),
        (Error, r#"time=2026-11-21T06:42:08.123Z level=ERROR msg="boom" err="x""#),
        (Warning, r#"time="2026-11-21T06:42:08Z" level=warning msg="error rate is high""#),
        (Info, "ts=2026-11-21T06:42:08.123Z caller=main.go:1 level=info component=error-handler error=nil"),
        (Error, "logger=context t=2026-11-21T06:42:08Z level=eror msg=x"),
        (Info, r#"Nov 21 06:42:08 web1 app[12]: {"level":"info","msg":"no error"}"#),
        (Error, r#"app | {"msg":"x","level":"error"}"#),
        // syslog, klog, Ruby, containers.
        (Error, "<11>Nov 21 06:42:08 web1 app[12]: x"),
        (Info, "<30>1 2026-11-21T06:42:08.123Z web1 app 12 - - connection error"),
        (Error, "<3>x failed"),
        (Error, "E1121 06:42:08.123456       1 server.go:12] x"),
        (Info, "I1121 06:42:08.123456       1 server.go:12] error=nil"),
        (Warning, "W261121 06:42:08.123456 1 kv/x.go:12 ⋮ [n1] slow"),
        (Error, "E, [2026-11-21T06:42:08.123456 #12] ERROR -- : x"),
        (Info, "I, [2026-11-21T06:42:08.123456 #12]  INFO -- : Completed error page"),
        (Error, "2026-11-21T06:42:08.123456789Z stderr F E1121 06:42:08.123456 1 x.go:1] y"),
        (Info, r#"2026-11-21T06:42:08.123456789Z stdout F {"level":"info","msg":"x"}"#),
        (Warning, "1:M 21 Nov 2026 06:42:08.123 # WARNING overcommit_memory is set to 0"),
        (Notice, "1:M 21 Nov 2026 06:42:08.123 * Ready to accept connections"),
        // PostgreSQL, MySQL, MongoDB, Oracle.
        (Error, r#"2026-11-21 06:42:08.123 UTC [12] app@app ERROR:  relation "x" does not exist at character 15"#),
        (None, "2026-11-21 06:42:08.123 UTC [12] app@app STATEMENT:  SELECT * FROM x WHERE error"),
        (Fatal, "2026-11-21 06:42:08.123 UTC [12] FATAL:  the database system is starting up"),
        (Fatal, "2026-11-21 06:42:08.123 UTC [12] PANIC:  could not write to log file"),
        (Info, "2026-11-21 06:42:08.123 UTC [12] LOG:  checkpoint complete: wrote 1 buffers"),
        (Warning, "2026-11-21 06:42:08.123 UTC [12] WARNING:  there is no transaction in progress"),
        (Error, "2026-11-21T06:42:08.123456Z 0 [ERROR] [MY-010119] [Server] Aborting"),
        (Warning, "2026-11-21T06:42:08.123456Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed."),
        (Info, "2026-11-21  6:42:08 0 [Note] Server socket created on IP: '0.0.0.0'."),
        (Error, "2026-11-21T06:42:08.123+0000 E NETWORK  [conn1] x"),
        (Info, "2026-11-21T06:42:08.123+0000 I COMMAND  [conn1] errors: 0"),
        // Web servers.
        (Error, r#"2026/11/21 06:42:08 [error] 12#12: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: x, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8080/""#),
        (Fatal, "2026/11/21 06:42:08 [emerg] 12#12: bind() to 0.0.0.0:80 failed"),
        (Notice, "2026/11/21 06:42:08 [notice] 12#12: signal process started"),
        (Error, "[Sat Nov 21 06:42:08.123456 2026] [core:error] [pid 12:tid 34] (13)Permission denied: AH00132: x"),
        (Notice, "[Sat Nov 21 06:42:08.123456 2026] [mpm_event:notice] [pid 12] AH00489: Apache configured"),
        (Error, r#"10.0.0.1 - - [21/Nov/2026:06:42:08 +0000] "GET /x HTTP/1.1" 502 157 "-" "curl/8.0""#),
        (Warning, r#"10.0.0.1 - - [21/Nov/2026:06:42:08 +0000] "GET /error HTTP/1.1" 404 157 "-" "curl/8.0""#),
        (Info, r#"10.0.0.1 - - [21/Nov/2026:06:42:08 +0000] "GET /error HTTP/1.1" 200 157 "-" "curl/8.0""#),
        (Info, r#"10.0.0.1 - - [21/Nov/2026:06:42:08 +0000] "GET /x?error=500 HTTP/2.0" 304 0"#),
        (Error, r#"INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 500 Internal Server Error"#),
        (Error, "GET /games/feed 503 0.081"),
        (Info, "GET /games/feed 200 0.081"),
        (Error, "[GIN] 2026/11/21 - 06:42:08 | 500 |    1.2ms |  127.0.0.1 | GET      \"/x\""),
        (Error, "Completed 500 Internal Server Error in 12ms (ActiveRecord: 1.0ms)"),
        (Error, r#"Nov 21 06:42:08 lb haproxy[12]: 10.0.0.1:5000 [21/Nov/2026:06:42:08.123] fe be/s1 0/0/1/2/3 503 212 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1""#),
        (Info, "[2026-11-21 06:42:08.123][12][info][upstream] [x.cc:1] cm init: all clusters initialized"),
        (Fatal, "[2026-11-21 06:42:08.123][12][critical][main] [x.cc:1] error initializing"),
        (Fatal, "[ALERT]    (12) : Starting frontend x: cannot bind socket"),
        // Java.
        (Error, "2026-11-21 06:42:08,123 ERROR [main] c.e.App - x"),
        (Info, "2026-11-21 06:42:08,123 INFO  [error-handler-1] c.e.App - 0 errors"),
        (Warning, "[2026-11-21T06:42:08,123][WARN ][o.e.c.r.a.DiskThresholdMonitor] [node] high disk watermark"),
        (Error, "2026-11-21T06:42:08.123Z ERROR 1 --- [nio-8080-exec-1] o.a.c.c.C.[.[.[/].[dispatcherServlet] : x"),
        (Error, "06:42:08.123 [main] ERROR com.example.App -- x"),
        (Error, "21-Nov-2026 06:42:08.123 SEVERE [main] org.apache.catalina.core.StandardContext.startInternal x"),
        (Info, "INFO: Server startup in 1234 ms"),
        (Error, r#"Exception in thread "main" java.lang.NullPointerException"#),
        (Error, "java.lang.IllegalStateException: x"),
        (Error, "Caused by: java.net.ConnectException: Connection refused"),
        (None, "\tat com.example.ErrorHandler.handle(ErrorHandler.java:12)"),
        (Error, "[06:42:08] [Server thread/ERROR]: x"),
        // Python, Node, Go, Rust, .NET, PHP.
        (Error, "ERROR:root:x"),
        (Warning, "2026-11-21 06:42:08,123 - app.db - WARNING - x"),
        (Error, "Traceback (most recent call last):"),
        (Error, "ValueError: invalid literal for int() with base 10: 'x'"),
        (Warning, "/x/y.py:1: DeprecationWarning: z is deprecated"),
        (Error, "[2026-11-21 06:42:08,123: ERROR/MainProcess] Task x raised unexpected: y"),
        (Info, "[2026-11-21 06:42:08,123: INFO/MainProcess] Connected"),
        (Error, "[E 261121 06:42:08 web:1] Uncaught exception"),
        (Error, "TypeError: Cannot read properties of undefined (reading 'x')"),
        (Error, "2026/11/21 06:42:08 ERROR x err=y"),
        (Info, "2026/11/21 06:42:08 INFO x err=<nil>"),
        (None, "2026/11/21 06:42:08 listening, error=nil"),
        (Fatal, "panic: runtime error: index out of range [1] with length 1"),
        (Error, "thread 'main' panicked at src/main.rs:1:1:"),
        (Error, "[2026-11-21T06:42:08Z ERROR app::db] x"),
        (Info, "2026-11-21T06:42:08.123456Z  INFO app::db: x"),
        (Error, "ERRO[0001] x                                          err=y"),
        (Error, "fail: Microsoft.AspNetCore.Server.Kestrel[13]"),
        (Info, "info: Microsoft.Hosting.Lifetime[14]"),
        (Fatal, "crit: Microsoft.AspNetCore.Hosting[6]"),
        (Error, "[06:42:08 ERR] x"),
        (Info, "[06:42:08 INF] x"),
        (Fatal, "PHP Fatal error:  Uncaught Error: Call to undefined function x()"),
        (Warning, "[21-Nov-2026 06:42:08] WARNING: [pool www] seems busy"),
        (Error, "error[E0308]: mismatched types"),
        // Servers and system.
        (Error, "2026-11-21T06:42:08.123Z [ERROR] core: failed to unseal"),
        (Error, "2026-11-21 06:42:08 +0000 [error]: #0 unexpected error error_class=X"),
        (Error, "06:42:08.123 [error] GenServer #PID<0.1.0> terminating"),
        (Error, "2026-11-21 06:42:08.123 [error] <0.123.0> CRASH REPORT"),
        (Error, "[2026-11-21 06:42:08,123] ERROR [Broker id=1] x (kafka.server.KafkaServer)"),
        (Info, "2026-11-21 06:42:08,123 INFO spawned: 'app' with pid 12"),
        (Fatal, "2026-11-21 06:42:08,123 CRIT Supervisor is running as root."),
        (Error, "Nov 21 06:42:08 web1 sshd[12]: error: maximum authentication attempts exceeded"),
        (Fatal, "Nov 21 06:42:08 web1 postfix/smtp[12]: fatal: open database"),
        (Warning, "Nov 21 06:42:08 web1 postfix/smtpd[12]: warning: hostname x does not resolve"),
        (Error, "Nov 21 06:42:08 web1 systemd[1]: Failed to start app.service."),
        (Error, "Nov 21 06:42:08 web1 kernel: app[12]: segfault at 0 ip 0 sp 0 error 4 in app"),
        (Error, "11-21 06:42:08.123  1234  5678 E ActivityManager: x"),
        (Info, "11-21 06:42:08.123  1234  5678 I ActivityManager: x"),
        (Error, "rsync error: some files/attrs were not transferred (code 23)"),
        (Error, "make: *** [Makefile:1: all] Error 2"),
        // Words that are not levels.
        (None, "done, 0 errors, 0 warnings"),
        (None, "finished without error"),
        (Error, "finished with 3 errors"),
        (None, "ok=5 changed=0 unreachable=0 failed=0"),
        (None, "loading /etc/app/error.log"),
        (None, "see https://example.com/error for more info"),
        (None, "error_log is open"),
        (None, "errors are kept in a table"),
        (None, "terrorist informed about warnings"),
        (None, r#"result: {"error": null, "value": 1}"#),
        (None, "user info updated, debugging is off"),
        (None, ""),
        (None, "   "),
        (None, "12345"),
        (Error, "connection error while reading"),
        (Error, "error: no such file"),
        (None, "last error: none"),
        (Warning, "config key x is deprecated"),
    ]
};

#[test]
fn lines_of_many_tools() {
    let wrong: Vec<_> = LINES
        .iter()
        .filter(|(expected, line)| level(line) != *expected)
        .map(|(expected, line)| format!("{:?}, not {expected:?}: {line}", level(line)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_sidecar_decides_what_an_error_is() {
    let levels = Levels::new(Some(Regex::new(r"ORA-\d+").unwrap()), None);
    assert_eq!(levels.of("06:42:08 INFO ORA-00600 internal"), Level::Error);
    assert_eq!(levels.of("06:42:08 ERROR nothing of note"), Level::Warning);
    assert_eq!(levels.of("06:42:08 INFO x"), Level::Info);
}

#[test]
fn the_sidecar_names_where_the_level_stands() {
    let levels = Levels::new(None, Some("$.meta.grade"));
    assert_eq!(levels.of(r#"{"level":"error","meta":{"grade":"warn"}}"#), Level::Warning);
    assert_eq!(levels.of(r#"{"level":"error"}"#), Level::Error, "else as ever");
    assert_eq!(levels.of("x meta.grade=fatal level=info"), Level::Fatal);
    let levels = Levels::new(None, Some("grade"));
    assert_eq!(levels.of(r#"app: {"grade":50}"#), Level::Error);
}

proptest::proptest! {
    #[test]
    fn any_line_has_a_level(line in "[ -~é]{0,80}", open in proptest::bool::ANY) {
        level(&if open { format!("{{\"{line}") } else { line });
    }
}
