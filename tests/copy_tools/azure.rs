//! azcopy against Azurite.

use super::*;

/// The account and key that every emulator has.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

struct Azurite {
    server: Server,
    azcopy: PathBuf,
    signature: String,
    folder: tempfile::TempDir,
}

fn azurite(files: usize, size: usize) -> Option<Azurite> {
    let node = tools::system("node")?;
    let azurite = tools::node("azurite/dist/src/blob/main.js")?;
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let azcopy = tools::node(&format!("@azure-tools/azcopy-linux/dist/bin/azcopy_linux_{arch}"))?;
    let folder = tree(files, size);
    let server = serve(|address| {
        let mut command = program(node, folder.path());
        command.arg(azurite).args(["--blobHost", "127.0.0.1", "--blobPort", &address.port().to_string()]);
        command.args(["--location", "store", "--skipApiVersionCheck", "--silent", "--disableTelemetry"]);
        command
    });
    let azurite = Azurite { server, azcopy, signature: signature(), folder };
    let answer = azurite.put("copies?restype=container", "", "");
    assert!(answer.contains(" 201 "), "{answer}");
    Some(azurite)
}

/// An account's shared access signature, as azcopy and everybody else is given one.
fn signature() -> String {
    let (start, end, version) = ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "2021-12-02");
    let text = format!("{ACCOUNT}\nrwdlacup\nb\nsco\n{start}\n{end}\n\n\n{version}\n\n");
    let mut openssl = Command::new("openssl");
    let key = decode(KEY).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    openssl.args(["dgst", "-sha256", "-mac", "HMAC", "-macopt", &format!("hexkey:{key}"), "-r"]);
    let mut openssl = openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    openssl.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = openssl.wait_with_output().unwrap();
    let hex: String = String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned();
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let signature = encode(&bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let (start, end) = (start.replace(':', "%3A"), end.replace(':', "%3A"));
    format!("sv={version}&ss=b&srt=sco&sp=rwdlacup&st={start}&se={end}&sig={signature}")
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn decode(text: &str) -> Vec<u8> {
    let bits = text.bytes().filter_map(|c| BASE64.iter().position(|known| *known == c));
    let bits: Vec<u8> =
        bits.flat_map(|six| (0..6).rev().map(move |bit| u8::from(six >> bit & 1 == 1))).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit)).collect()
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits =
            three.iter().enumerate().fold(0, |sum, (n, byte)| sum | usize::from(*byte) << (16 - 8 * n));
        for at in 0..4 {
            let sign = char::from(BASE64[bits >> (18 - 6 * at) & 63]);
            text.push(if at > three.len() { '=' } else { sign });
        }
    }
    text
}

impl Azurite {
    fn put(&self, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.server.address).unwrap();
        let sign = if path.contains('?') { '&' } else { '?' };
        write!(
            stream,
            "PUT /{ACCOUNT}/{path}{sign}{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nx-ms-version: 2021-12-02\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.signature,
            self.server.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn azcopy(&self, words: &[&str]) -> Command {
        let mut command = program(&self.azcopy, self.folder.path());
        command
            .env("AZCOPY_LOG_LOCATION", self.folder.path().join("logs"))
            .env("AZCOPY_JOB_PLAN_LOCATION", self.folder.path().join("plans"))
            .env("AZCOPY_CONCURRENCY_VALUE", "4")
            .args(words);
        command
    }

    fn to(&self) -> String {
        format!("http://{}/{ACCOUNT}/copies?{}", self.server.address, self.signature)
    }

    fn copy(&self, more: &[&str]) -> Command {
        let mut command = self.azcopy(&[
            "copy",
            "src/*",
            &self.to(),
            "--recursive",
            "--from-to=LocalBlob",
            "--skip-version-check",
        ]);
        command.args(more);
        command
    }

    /// A job's log, as a cockpit reads it that did not start the job.
    fn log(&self, job: &str) -> Box<dyn Adapter> {
        let bytes = fs::read(self.folder.path().join("logs").join(format!("{job}.log"))).unwrap();
        let mut adapter = adapter(&"azcopy".parse().unwrap(), Told::default(), Arc::default());
        bytes.chunks(997).for_each(|chunk| {
            adapter.feed(chunk, SystemClock.now());
        });
        adapter
    }
}

/// The job that the output names.
fn job(run: &Run) -> String {
    let output = String::from_utf8_lossy(&run.output).into_owned();
    let at = ["\\\"JobID\\\":\\\"", "Job "]
        .into_iter()
        .find_map(|before| Some(output.find(before)? + before.len()));
    output[at.unwrap_or_else(|| panic!("{}", run.story()))..][..36].to_owned()
}

#[test]
fn azcopy_is_followed_to_its_end() {
    let Some(azurite) = azurite(20, 1_000_000) else { return };
    proved("azcopy", &azurite.azcopy, "--version");
    let whole = run("azcopy", &mut azurite.copy(&["--output-type=json", "--cap-mbps=40"]));
    whole.finished();
    whole.was_followed(2);
    assert_eq!(whole.last.objects.done, Some(20), "{}", whole.story());
    assert_eq!(whole.last.bytes.done, Some(20_000_000), "{}", whole.story());
    let log = azurite.log(&job(&whole));
    assert_eq!(log.progress().stage, Stage::Ended(End::Finished), "{:#?}", log.progress());
    assert_eq!(log.progress().objects.done, Some(20));
    // All is there: 0 %, and finished.
    for output in ["json", "text"] {
        let skipped =
            run("azcopy", &mut azurite.copy(&["--overwrite=false", &format!("--output-type={output}")]));
        skipped.finished();
        assert_eq!(skipped.last.skipped, Some(20), "{}", skipped.story());
        assert_eq!(azurite.log(&job(&skipped)).progress().skipped, Some(20));
    }
    // A lease keeps one object from being written.
    let answer = azurite.put(
        "copies/f1.bin?comp=lease",
        "x-ms-lease-action: acquire\r\nx-ms-lease-duration: -1\r\n",
        "",
    );
    assert!(answer.contains(" 201 "), "{answer}");
    for output in ["json", "text"] {
        let errors = run("azcopy", &mut azurite.copy(&[&format!("--output-type={output}")]));
        assert_eq!(errors.last.failed, Some(1), "{}", errors.story());
        assert_eq!(errors.code, 1, "{}", errors.story());
        assert!(matches!(errors.last.stage, Stage::Ended(End::WithErrors(_))), "{}", errors.story());
        assert_eq!(errors.last.objects.done, Some(19), "{}", errors.story());
        let log = azurite.log(&job(&errors));
        assert!(matches!(log.progress().stage, Stage::Ended(End::WithErrors(_))), "{:#?}", log.progress());
        let words = log.progress().errors.join("\n");
        assert!(words.contains("f1.bin") && !words.contains("sig="), "{words}");
    }
    let mut wrong = azurite.azcopy(&[
        "copy",
        "src/*",
        "--from-to=LocalBlob",
        "--skip-version-check",
        "--output-type=json",
    ]);
    wrong.arg(azurite.to().replace("copies", "nowhere"));
    run("azcopy", &mut wrong).failed(1);
}

#[test]
fn azcopy_that_is_killed_is_resumed() {
    let Some(azurite) = azurite(30, 1_000_000) else { return };
    let enough = |said: &Progress| said.bytes.done.unwrap_or(0) > 0;
    let mut command = azurite.copy(&["--output-type=json", "--cap-mbps=40"]);
    let killed = run_until("azcopy", &mut command, Told::default(), enough);
    killed.died();
    let id = job(&killed);
    // What a look at the job says of it: it goes on, and the look's exit is not the job's.
    let shown = run("azcopy", &mut azurite.azcopy(&["jobs", "show", &id, "--output-type=json"]));
    assert_eq!(shown.code, 0, "{}", shown.story());
    assert!(matches!(shown.last.stage, Stage::Scanning | Stage::Running), "{}", shown.story());
    let signature = format!("--destination-sas={}", azurite.signature);
    let resumed =
        run("azcopy", &mut azurite.azcopy(&["jobs", "resume", &id, &signature, "--output-type=json"]));
    resumed.finished();
    assert_eq!(resumed.last.objects.done, Some(30), "{}", resumed.story());
    let log = azurite.log(&id);
    assert_eq!(log.progress().stage, Stage::Ended(End::Finished), "{:#?}", log.progress());
    assert_eq!(log.progress().restarts, 1, "{:#?}", log.progress());
    let shown = run("azcopy", &mut azurite.azcopy(&["jobs", "show", &id]));
    assert_eq!(shown.last.stage, Stage::Ended(End::Finished), "{}", shown.story());
}
