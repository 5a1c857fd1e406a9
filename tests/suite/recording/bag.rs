//! What a robot's own bag holds and this program never writes.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use forerun::recording::{Content, Entry, Recording, RecordingError};
use forerun::sensing::{Message, RawImage};
use serde::Serialize;

/// A recording of one message on `topic`.
fn bag(file: &Path, topic: &str, kind: &str, message: &impl Serialize) {
    let disk = std::fs::File::create(file).expect("made");
    let mut mcap = mcap::Writer::new(disk).expect("made");
    let schema = mcap.add_schema(kind, "ros2msg", b"").expect("schema");
    let channel = mcap.add_channel(schema, topic, "cdr", &BTreeMap::new());
    let header = mcap::records::MessageHeader {
        channel_id: channel.expect("channel"),
        sequence: 0,
        log_time: 77,
        publish_time: 77,
    };
    let mut bytes = vec![0, 1, 0, 0];
    bytes.extend(cdr_encoding::to_vec::<_, byteorder::LittleEndian>(message).expect("CDR"));
    mcap.write_to_known_channel(&header, &bytes)
        .expect("written");
    mcap.finish().expect("finished");
}

fn only(file: &Path) -> Result<Entry, RecordingError> {
    let recording = Recording::open(file).expect("an MCAP file");
    let mut entries = recording.entries().expect("an MCAP file");
    let only = entries.next().expect("one message");
    assert!(entries.next().is_none());
    only
}

fn image(entry: Entry) -> RawImage {
    match entry.content {
        Content::Sensor(Message::Image(image)) => image,
        other => panic!("{other:?}"),
    }
}

/// `sensor_msgs/msg/CompressedImage`: stamp, frame, format, data.
type Compressed<'a> = (i32, u32, &'a str, &'a str, serde_bytes::ByteBuf);

fn compressed(bytes: Vec<u8>, format: &str) -> Result<Entry, RecordingError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("bag.mcap");
    let data = serde_bytes::ByteBuf::from(bytes);
    let message: Compressed = (3, 5, "camera", format, data);
    bag(
        &file,
        "/image/compressed",
        "sensor_msgs/msg/CompressedImage",
        &message,
    );
    only(&file)
}

fn encode(format: image::ImageFormat) -> Vec<u8> {
    let picture =
        image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([9 * x as u8, 9 * y as u8, 7]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

#[test]
fn compressed_images_become_plain_ones_whatever_their_format_field_says() {
    for (format, says) in [
        (image::ImageFormat::Jpeg, "jpeg"),
        (image::ImageFormat::Png, "png"),
        (image::ImageFormat::Png, "rgb8; jpeg compressed bgr8"),
    ] {
        let entry = compressed(encode(format), says).expect("readable");
        assert_eq!(entry.time.nanos(), 77);
        let found = image(entry);
        assert_eq!(
            (found.width, found.height, found.encoding.as_str()),
            (24, 16, "rgb8")
        );
        assert_eq!(found.stamp.nanos(), 3_000_000_005);
        let at = |x: usize, y: usize| found.data[3 * (24 * y + x)];
        assert!(
            at(2, 8).abs_diff(18) < 30 && at(20, 8).abs_diff(180) < 30,
            "{says}"
        );
    }
}

#[test]
fn a_compressed_image_that_is_none_is_one_bad_message() {
    for bytes in [
        Vec::new(),
        b"nothing of the kind".to_vec(),
        encode(image::ImageFormat::Png)[..60].to_vec(),
    ] {
        let why = compressed(bytes, "jpeg").expect_err("refused");
        assert!(
            matches!(&why, RecordingError::Message { topic, index: 0, .. } if topic == "/image/compressed")
        );
        assert!(why.to_string().contains("expected jpeg or png"), "{why}");
    }
}

#[test]
fn big_endian_16_bit_images_are_turned_round() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("bag.mcap");
    let data = serde_bytes::ByteBuf::from(vec![0x12, 0x34, 0xab, 0xcd]);
    // stamp, frame, height, width, encoding, is_bigendian, step, data
    let message = (3i32, 5u32, "camera", 1u32, 2u32, "mono16", 1u8, 4u32, data);
    bag(&file, "/image", "sensor_msgs/msg/Image", &message);
    let found = image(only(&file).expect("readable"));
    assert_eq!(*found.data, [0x34, 0x12, 0xcd, 0xab]);
}

#[test]
fn other_topics_and_types_are_passed_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("bag.mcap");
    for (topic, kind) in [
        ("/tf", "tf2_msgs/msg/TFMessage"),
        ("/image", "sensor_msgs/msg/PointCloud2"),
    ] {
        bag(&file, topic, kind, &(1u32, 2u32));
        let recording = Recording::open(&file).expect("an MCAP file");
        assert_eq!(recording.entries().expect("an MCAP file").count(), 0);
        assert_eq!(recording.header(), None);
    }
}
