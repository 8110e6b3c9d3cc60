//! Characters that reorder text or are invisible have no effect on a terminal, neither in a table nor in an error.

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::types::DeviceSimple;
use serde_json::json;

use crate::support::program::{iotda_at, run};

/// Bidirectional and zero-width characters, and some that are visible.
const LETTERS: [(char, bool); 16] = [
    ('\u{1b}', true),
    ('\u{9b}', true),
    ('\u{61c}', true),
    ('\u{200b}', true),
    ('\u{200d}', true),
    ('\u{200f}', true),
    ('\u{2028}', true),
    ('\u{202a}', true),
    ('\u{202e}', true),
    ('\u{2066}', true),
    ('\u{2069}', true),
    ('\u{feff}', true),
    ('é', false),
    ('泵', false),
    ('א', false),
    ('ع', false),
];

#[tokio::test]
async fn hidden_characters_are_escaped_in_tables_and_removed_from_errors() {
    for (letter, is_hidden) in LETTERS {
        let server = MockServer::start().await.expect("a port");
        let mut device = DeviceSimple::default();
        device.device_name = Some(format!("pump{letter}1"));
        server.add_device("cert-a", device);
        let table = run(iotda_at(&server, &["devices", "cert-a", "-o", "table"])).await;
        assert_eq!(!table.stdout.contains(letter), is_hidden, "{:?}", table.stdout);
        let escaped = format!("pump{}1", letter.escape_default());
        assert_eq!(table.stdout.contains(&escaped), is_hidden, "{:?}", table.stdout);

        let body = json!({"error_code": "IOTDA.000001", "error_msg": format!("pump{letter}1")});
        server.enqueue(MockResponse::new(400).json(&body));
        let error = run(iotda_at(&server, &["devices", "cert-a"])).await;
        assert_eq!(!error.stderr.contains(letter), is_hidden, "the rule is the same: {:?}", error.stderr);
    }
}
