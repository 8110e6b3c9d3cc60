//! CSV output for spreadsheet programs.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::types::DeviceSimple;

use crate::support::program::{Ran, iotda_at, run};

async fn devices(names: &[&str], options: &[&str]) -> Ran {
    let server = MockServer::start().await.expect("a port");
    server.add_certificate("cert-a");
    for name in names {
        let mut device = DeviceSimple::default();
        device.device_name = Some((*name).to_owned());
        server.add_device("cert-a", device);
    }
    run(iotda_at(&server, &[&["devices", "cert-a"], options].concat())).await
}

#[tokio::test]
async fn byte_order_mark_is_written_once_and_only_on_request() {
    let ran = devices(&["水泵"], &["-o", "csv", "--csv-bom"]).await;
    assert!(ran.stdout.starts_with("\u{feff}certificate_id,"), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches('\u{feff}').count(), 1);
    let ran = devices(&[], &["-o", "csv", "--csv-bom"]).await;
    assert!(ran.stdout.starts_with("\u{feff}certificate_id,"), "{}", ran.stdout);
    let ran = devices(&["水泵"], &["-o", "csv"]).await;
    assert!(!ran.stdout.contains('\u{feff}'), "{}", ran.stdout);
}

#[tokio::test]
async fn formulas_are_guarded_only_on_request() {
    for name in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
        let guarded = devices(&[name], &["-o", "csv", "--csv-guard"]).await;
        assert!(guarded.stdout.contains(&format!("'{name}")), "{}", guarded.stdout);
        let plain = devices(&[name], &["-o", "csv"]).await;
        assert!(plain.stdout.contains(name) && !plain.stdout.contains('\''), "{}", plain.stdout);
    }
    let ran = devices(&["a=1", "pump-1"], &["-o", "csv", "--csv-guard"]).await;
    assert!(!ran.stdout.contains('\''), "{}", ran.stdout);
}

#[tokio::test]
async fn options_for_csv_require_csv() {
    for option in ["--csv-bom", "--csv-guard"] {
        let ran = devices(&[], &[option]).await;
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("--output csv"), "{}", ran.stderr);
    }
}
