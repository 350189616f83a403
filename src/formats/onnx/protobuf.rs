//! Protobuf messages: each field is `number · 8 + wire type` as a varint, then the value.

/// The wire types that a model needs.
const VARINT: u64 = 0;
const LENGTH_DELIMITED: u64 = 2;
const FOUR_BYTES: u64 = 5;

/// The bytes of a message, field after field; a repeated field stands several times.
#[derive(Clone, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn int(self, field: u64, value: u64) -> Self {
        self.tag(field, VARINT).varint(value)
    }

    pub(super) fn float(self, field: u64, value: f32) -> Self {
        self.tag(field, FOUR_BYTES).append(&value.to_le_bytes())
    }

    pub(super) fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        self.head(field, bytes.len() as u64).append(bytes)
    }

    pub(super) fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    pub(super) fn message(self, field: u64, message: &Message) -> Self {
        self.bytes(field, &message.0)
    }

    /// The head of a field of `length` bytes, which follow.
    pub(super) fn head(self, field: u64, length: u64) -> Self {
        self.tag(field, LENGTH_DELIMITED).varint(length)
    }

    /// Appends the bytes that follow a head.
    pub(super) fn append(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn length(&self) -> u64 {
        self.0.len() as u64
    }

    fn tag(self, field: u64, wire_type: u64) -> Self {
        self.varint(field << 3 | wire_type)
    }

    /// Seven bits a byte, the lowest first; the eighth is set if another byte follows.
    fn varint(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of protobuf's documentation, and the ends of the range.
    #[test]
    fn fields_are_encoded_as_protobuf_says() {
        let message = Message::default;
        assert_eq!(message().int(1, 150).as_bytes(), [0x08, 0x96, 0x01]);
        assert_eq!(
            message().text(2, "testing").as_bytes(),
            [0x12, 0x07, b't', b'e', b's', b't', b'i', b'n', b'g']
        );
        assert_eq!(message().message(3, &message().int(1, 150)).as_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert_eq!(message().float(2, 1.0).as_bytes(), [0x15, 0, 0, 0x80, 0x3f]);
        assert_eq!(message().int(20, 0).as_bytes(), [0xa0, 0x01, 0]);
        assert_eq!(message().int(1, 127).as_bytes(), [0x08, 0x7f]);
        assert_eq!(message().int(1, 128).as_bytes(), [0x08, 0x80, 0x01]);
        let largest = [[0x08].as_slice(), &[0xff; 9], &[0x01]].concat();
        assert_eq!(message().int(1, u64::MAX).as_bytes(), largest);
    }
}
