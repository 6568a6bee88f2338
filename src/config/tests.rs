use super::*;

fn env(name: &str) -> Option<String> {
    (name == "API_TOKEN").then(|| "s3cr3t-t0ken".to_owned())
}

fn load(text: &str) -> Result<Settings, ConfigError> {
    super::load(Path::new("plan.toml"), text, &env)
}

fn good(text: &str) -> Settings {
    load(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn smoke() {
    let s = good(
        r#"
title = "PaletAI to the new tenant"
ticket = "CHG-1042"
window = { start = 2026-11-21T06:00:00Z, end = 2026-11-21T09:00:00Z }
outage_goal = "15m"

[people]
dana = { roles = ["operator"] }

[vars]
NEW = "api-new.example.net"
API_TOKEN = { env = "API_TOKEN" }

[[health]]
name = "api"
url = "https://api.example.com/health"
public = true
old = "198.51.100.4:443"
new = "203.0.113.7:443"
headers = { Authorization = "Bearer ${API_TOKEN}" }
expect = ["status == 200", "body.status == healthy"]
warn = ["latency < 2s", "certificate > 14d"]

[[health]]
name = "hkn.service"
exec = ["systemctl", "--user", "is-active", "hkn-rails"]
via = "ssh vampires"
"#,
    );
    assert_eq!(s.health.len(), 2);
    assert_eq!(s.health[0].headers[0].1, "Bearer s3cr3t-t0ken");
    println!("{s:#?}");
    println!(
        "{}",
        load("titel = 3\n[[health]]\nname='x'\nurl='htp://x'\nexpect='statsu == 3'\ntimout=3\n[[health]]\nname='x'\ntcp='a:1'\nmethod='x'\n[[gate]]\nx=1").unwrap_err()
    );
}
