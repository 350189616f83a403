//! Headers that are made to take memory or to overflow: an error, and at most three times the memory of the file.

use std::fs;
use std::path::Path;

use ndarray_dnn::Dnn;

use super::{example, with_header};
use crate::common::allocator::peak;

const MEGABYTE: usize = 1_000_000;

/// A file of this header, without tensors.
fn file(header: &str) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()
}

/// Refuses the file with a short message, and without more memory than three times the file.
#[track_caller]
fn check(context: &str, bytes: &[u8]) {
    let mut message = String::new();
    let held = peak(|| {
        // Held as long as an error is.
        let error = Dnn::<f64>::from_safetensors(bytes).map(drop).unwrap_err();
        message = error.to_string();
    });
    assert!(held <= 3 * bytes.len() + 10_000, "{context}: {held} bytes for {}: {message}", bytes.len());
    assert!(message.len() < 400, "{context}: {message}");
}

/// Values that make a header long, each repeated until it has this many bytes.
fn values(bytes: usize) -> Vec<(&'static str, String)> {
    let list =
        |element: &str| format!("[{}{element}]", format!("{element},").repeat(bytes / (element.len() + 1)));
    let keys = (0..bytes / 12).map(|i| format!("\"{i:x}\":0,")).collect::<String>();
    vec![
        ("zeros", list("0")),
        ("numbers", list("1.5e-300")),
        ("one long number", "1".repeat(bytes)),
        ("texts", list("\"relu\"")),
        ("one long text", format!("\"{}\"", "a".repeat(bytes))),
        ("a text of control characters", format!("\"{}\"", "\u{7f}".repeat(bytes))),
        ("escapes", format!("\"{}\"", r"\n".repeat(bytes / 2))),
        ("unicode escapes", format!("\"{}\"", r"\u0041".repeat(bytes / 6))),
        ("one escape and a long text", format!("\"\\n{}\"", "a".repeat(bytes))),
        ("lists", list("[]")),
        ("objects", list("{}")),
        ("nested lists", "[".repeat(bytes / 2) + &"]".repeat(bytes / 2)),
        ("nested objects", r#"{"":"#.repeat(bytes / 5) + "0" + &"}".repeat(bytes / 5)),
        ("unclosed lists", "[".repeat(bytes)),
        ("many keys", format!("{{{}\"\":0}}", keys)),
        ("one long key", format!("{{\"{}\":0}}", "k".repeat(bytes))),
    ]
}

#[test]
fn long_values_anywhere_in_the_header_take_little_memory() {
    let sound = example().to_safetensors().unwrap();
    for (context, value) in values(MEGABYTE) {
        // In place of the whole, of the metadata, of a tensor and of each of its parts.
        for header in [
            "@",
            r#"{"__metadata__":@}"#,
            r#"{"__metadata__":{"ndarray_dnn":@}}"#,
            r#"{"__metadata__":{"other":@}}"#,
            r#"{"t":@}"#,
        ] {
            check(&format!("{context} in {header}"), &file(&header.replacen('@', &value, 1)));
        }
        for place in [r#"{"dtype":"F64","shape":[4],"data_offsets":[0,32]}"#, r#""F64""#, "[4]", "[0,32]"] {
            let changed = with_header(&sound, |header| header.replacen(place, &value, 1));
            check(&format!("{context} for {place}"), &changed);
        }
        // And in the text within the metadata.
        let value = value.replace('\\', r"\\").replace('"', r#"\""#);
        for key in
            ["activations", "format", "settings", "training", "eta", "verbose", "seed", "optimizer", "kind"]
        {
            let changed = with_header(&sound, |header| {
                header.replacen(&format!(r#"\"{key}\":"#), &format!(r#"\"{key}\":{value},\"x\":"#), 1)
            });
            check(&format!("{context} for {key}"), &changed);
        }
    }
}

#[test]
fn many_tensors_take_little_memory() {
    let sound = example().to_safetensors().unwrap();
    for (context, info) in [
        ("the shortest", r#"{"dtype":"","shape":[],"data_offsets":[0,0]}"#),
        ("a list", r#"["U8",[0],[0,0]]"#),
        ("a number", "0"),
        ("none", "{}"),
    ] {
        let tensors: String =
            (0..MEGABYTE / (info.len() + 8)).map(|i| format!("\"{i:x}\":{info},")).collect();
        check(context, &with_header(&sound, |header| format!("{{{tensors}{}", &header[1..])));
        // With a layer for six tensors, and with a layer for each.
        for share in [6, 1] {
            let layers = r#"\"relu\","#.repeat((MEGABYTE / (info.len() + 8)) / share);
            let changed = with_header(&sound, |header| {
                let header =
                    header.replacen(r#"\"activations\":["#, &format!(r#"\"activations\":[{layers}"#), 1);
                format!("{{{tensors}{}", &header[1..])
            });
            check(&format!("{context}, with layers"), &changed);
            if share == 1 {
                let error = Dnn::<f64>::from_safetensors(&changed).unwrap_err().to_string();
                assert!(error.contains("activations: must have at most"), "{error}");
            }
        }
    }
}

/// The sizes add up to the largest 64-bit number.
#[test]
fn sizes_that_overflow_are_refused() {
    let (mut by_list, mut by_name) = (String::from("{"), String::from("{"));
    let (mut start, size) = (0_u64, (1_u64 << 61) - 1);
    for (i, size) in [size; 8].into_iter().chain([7]).enumerate() {
        let end = start + size;
        by_list += &format!(r#""t{i}":["U8",[{size}],[{start},{end}]],"#);
        by_name += &format!(r#""t{i}":{{"dtype":"U8","shape":[{size}],"data_offsets":[{start},{end}]}},"#);
        start = end;
    }
    let sound = example().to_safetensors().unwrap();
    for tensors in [by_list, by_name] {
        check("without metadata", &file(&format!("{}}}", tensors.trim_end_matches(','))));
        check("with metadata", &with_header(&sound, |header| format!("{tensors}{}", &header[1..])));
    }
}

#[test]
fn a_header_beyond_the_limit_is_refused_before_it_is_read() {
    let mut long = vec![b' '; 10_000_009];
    long[..8].copy_from_slice(&10_000_001_u64.to_le_bytes());
    long[8] = b'{';
    let held = peak(|| {
        let error = Dnn::<f64>::from_safetensors(&long).unwrap_err();
        let text = "malformed file, the header: it must be at most 10000000 bytes, found 10000001";
        assert_eq!(error.to_string(), text);
    });
    assert!(held < 10_000, "{held}");
}

/// What a sound file costs: the network, and one layer twice.
#[test]
fn a_sound_file_takes_little_memory_too() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/format_1_f64.safetensors");
    let bytes = fs::read(path).unwrap();
    let held = peak(|| drop(Dnn::<f64>::from_safetensors(&bytes).unwrap()));
    assert!(held <= 3 * bytes.len() + 10_000, "{held}");
}
