//! aws-cli and s5cmd against moto.

use super::*;

/// moto with one bucket, and the environment that reaches it.
struct Moto {
    server: Server,
    aws: PathBuf,
}

fn moto() -> Option<Moto> {
    let program = tools::python("moto_server")?;
    let aws = tools::python("aws")?;
    let server = serve(|address| {
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &address.port().to_string()]);
        command
    });
    Some(Moto { server, aws })
}

impl Moto {
    fn reach(mut command: Command) -> Command {
        command
            .env("AWS_ACCESS_KEY_ID", "none")
            .env("AWS_SECRET_ACCESS_KEY", "none")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    fn aws(&self, folder: &Path, words: &[&str]) -> Command {
        // Slow, and chunks small enough that several looks are had.
        fs::write(
            folder.join("aws.conf"),
            "[default]\ns3 =\n  max_bandwidth = 6MB/s\n  multipart_threshold = 50MB\n  max_concurrent_requests = 2\n",
        )
        .unwrap();
        let mut command = Moto::reach(program(&self.aws, folder));
        command
            .env("AWS_CONFIG_FILE", folder.join("aws.conf"))
            .args(["--endpoint-url", &format!("http://{}", self.server.address), "s3"])
            .args(words);
        command
    }

    fn bucket(&self, folder: &Path) {
        let made = self.aws(folder, &["mb", "s3://copies"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}

#[test]
fn aws_s3_is_followed_to_its_end() {
    let Some(moto) = moto() else { return };
    proved("aws-cli", &moto.aws, "--version");
    let folder = tree(12, 1_000_000);
    moto.bucket(folder.path());
    let aws = |words: &[&str]| moto.aws(folder.path(), words);
    let sync = ["sync", "src", "s3://copies"];
    let enough = |said: &Progress| said.bytes.done.unwrap_or(0) > 3_000_000;
    run_until("aws-s3", &mut aws(&sync), Told::default(), enough).died();
    let resumed = run("aws-s3", &mut aws(&sync));
    resumed.finished();
    resumed.was_followed(3);
    assert_eq!(resumed.last.objects.done, resumed.last.objects.total, "{}", resumed.story());
    // Nothing to do: not a word, and finished.
    let again = run("aws-s3", &mut aws(&sync));
    again.finished();
    assert!(again.output.is_empty(), "{}", again.story());
    // A folder stands where a file is to go.
    fs::create_dir_all(folder.path().join("dst/f1.bin/in")).unwrap();
    let errors = run("aws-s3", &mut aws(&["cp", "--recursive", "s3://copies", "dst"]));
    errors.with_errors(1);
    assert_eq!(errors.last.failed, Some(1), "{}", errors.story());
    assert_eq!(errors.last.objects.done, Some(11), "{}", errors.story());
    std::os::unix::fs::symlink("nowhere", folder.path().join("src/dangling")).unwrap();
    let skipped = run("aws-s3", &mut aws(&["cp", "--recursive", "src", "s3://copies/more"]));
    skipped.with_errors(2);
    assert_eq!(skipped.last.skipped, Some(1), "{}", skipped.story());
    run("aws-s3", &mut aws(&["cp", "src/f1.bin", "s3://nowhere-at-all/"])).failed(1);
}

#[test]
fn s5cmd_is_followed_to_its_end() {
    let Some(moto) = moto() else { return };
    let Some(s5cmd) = tools::python("s5cmd") else { return };
    proved("s5cmd", &s5cmd, "version");
    let folder = tree(12, 1_000_000);
    moto.bucket(folder.path());
    let s5cmd = |words: &[&str]| {
        let mut command = Moto::reach(program(&s5cmd, folder.path()));
        command
            .args(["--endpoint-url", &format!("http://{}", moto.server.address), "--numworkers=1"])
            .args(words);
        command
    };
    // Glued records, without an end.
    let bar = run("s5cmd", &mut s5cmd(&["cp", "--show-progress", "src/*", "s3://copies/bar/"]));
    bar.finished();
    assert_eq!((bar.last.objects.done, bar.last.objects.total), (Some(12), Some(12)), "{}", bar.story());
    assert!(bar.last.bytes.done > Some(11_900_000), "{}", bar.story());
    let objects = run("s5cmd", &mut s5cmd(&["--json", "cp", "src/*", "s3://copies/json/"]));
    objects.finished();
    objects.was_followed(3);
    assert_eq!((objects.last.objects.done, objects.last.bytes.done), (Some(12), Some(12_000_000)));
    let lines = run("s5cmd", &mut s5cmd(&["--stat", "cp", "src/*", "s3://copies/lines/"]));
    lines.finished();
    assert_eq!(lines.last.objects.done, Some(12), "{}", lines.story());
    run("s5cmd", &mut s5cmd(&["sync", "src/*", "s3://copies/json/"])).finished();
    let enough = |said: &Progress| said.objects.done.unwrap_or(0) > 2;
    let json = ["--json", "cp", "src/*", "s3://copies/killed/"];
    run_until("s5cmd", &mut s5cmd(&json), Told::default(), enough).died();
    fs::create_dir_all(folder.path().join("dst/f1.bin/in")).unwrap();
    for how in [&["--json"][..], &["--stat"], &[]] {
        let words = [how, &["cp", "s3://copies/json/*", "dst/"]].concat();
        let errors = run("s5cmd", &mut s5cmd(&words));
        errors.with_errors(1);
        assert_eq!(errors.last.failed, Some(1), "{}", errors.story());
    }
    run("s5cmd", &mut s5cmd(&["cp", "src/f1.bin", "s3://nowhere-at-all/"])).failed(1);
}
