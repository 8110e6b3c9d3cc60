//! `--demo` and `iotda completions`.

use std::process::Command;

use crate::support::program::{PROGRAM, iotda, run};

const CERTIFICATES: [&str; 2] = ["61c970ce2d63eb6ee655dbf0", "61c970ce2d63eb6ee655dbf1"];

#[tokio::test]
async fn demo_needs_no_settings_and_ignores_the_environment() {
    let mut command = iotda(&["--demo", "devices", CERTIFICATES[0]]);
    command.env("HUAWEICLOUD_IOTDA_ENDPOINT", "http://127.0.0.1:9").env("HW_AUTH_TOKEN", "x");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.lines().len(), 120);
    assert_eq!(ran.stderr, "");
    let ran = run(iotda(&["devices", CERTIFICATES[1], "--demo"])).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.lines().len(), 30);
    let ran = run(iotda(&["doctor", "--demo"])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    let ran = run(iotda(&["--demo", "devices", "61c970ce2d63eb6ee655dbff"])).await;
    assert_eq!(ran.status, Some(4), "{ran:?}");
}

#[tokio::test]
async fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(iotda(&["completions", shell])).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        for word in ["iotda", "devices", "summary", "token-file"] {
            assert!(ran.stdout.contains(word), "{word} for {shell}");
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_options_of_a_command() {
    let Ok(version) = Command::new("bash").arg("--version").output() else { return };
    assert!(version.status.success());
    let script = format!(
        "eval \"$({PROGRAM} completions bash)\"; COMP_WORDS=(iotda devices --su); COMP_CWORD=2; \
         _iotda iotda --su devices; echo \"${{COMPREPLY[@]}}\""
    );
    let output = Command::new("bash").args(["--norc", "-c", &script]).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "--summary", "{output:?}");
}
