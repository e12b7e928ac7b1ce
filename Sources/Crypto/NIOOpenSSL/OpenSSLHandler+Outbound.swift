public import NIOCore

extension OpenSSLHandler {
    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.state {
        case .idle, .handshaking, .established:
            guard !self.isOutputClosing else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            self.writes.append(PendingWrite(buffer: self.unwrapOutboundIn(data), promise: promise))
        case .closing, .failed, .closed:
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    public func flush(context: ChannelHandlerContext) {
        self.writes.mark()
        self.drainWrites(context: context)
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.drainWrites(context: context) }
        context.fireChannelWritabilityChanged()
    }

    /// Encrypts what was flushed, as long as the network takes it; the rest waits for the channel to become writable.
    func drainWrites(context: ChannelHandlerContext) {
        // A flush below can bring us back here, and so can a promise.
        guard !self.isDraining else { return }
        self.isDraining = true
        while self.isSending, self.writes.hasMark, context.channel.isWritable {
            while self.isSending, self.writes.hasMark, context.channel.isWritable {
                self.encryptBatch(context: context)
            }
            context.flush()
        }
        self.isDraining = false
        if self.isSending, !self.writes.hasMark { self.closeDrainedOutput(context: context) }
    }

    private var isSending: Bool {
        switch self.state {
        case .established, .closing: !self.isCloseNotifySent
        case .idle, .handshaking, .failed, .closed: false
        }
    }

    /// Makes records of up to 16 KiB out of flushed writes until a batch of ciphertext is full, and writes the batch.
    private func encryptBatch(context: ChannelHandlerContext) {
        var promises: [EventLoopPromise<Void>] = []
        while self.writes.hasMark, self.connection.pendingOutputBytes < Self.outputBatchSize {
            guard let record = self.takeRecord(promises: &promises, context: context) else { break }
            if let failure = record.withUnsafeReadableBytes({ self.connection.write($0) }) {
                for promise in promises { promise.fail(failure) }
                self.fail(failure, context: context)
                return
            }
        }
        let written: EventLoopPromise<Void>?
        switch promises.count {
        case 0: written = nil
        case 1: written = promises[0]
        default:
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenComplete { [promises] result in
                for other in promises { other.completeWith(result) }
            }
            written = promise
        }
        if let output = self.connection.takeOutput(allocator: context.channel.allocator) {
            context.write(self.wrapOutboundOut(output), promise: written)
        } else {
            written?.succeed()
        }
    }

    /// The plaintext of the next record; nil when only empty writes were left.
    ///
    /// Small writes go together, as a frame's head and its payload come as two. The promises of writes that end in this
    /// record are added to `promises`.
    private func takeRecord(promises: inout [EventLoopPromise<Void>], context: ChannelHandlerContext) -> ByteBuffer? {
        var record: ByteBuffer?
        while self.writes.hasMark {
            let start = self.writes.startIndex
            let room = Self.recordSize - (record?.readableBytes ?? 0)
            guard room > 0 else { break }
            let available = self.writes[start].buffer.readableBytes
            let isWhole = available <= room
            if let slice = self.writes[start].buffer.readSlice(length: min(room, available)), available > 0 {
                if record == nil {
                    record = slice
                } else {
                    record?.writeImmutableBuffer(slice)
                }
            }
            guard isWhole else { break }
            if let promise = self.writes.removeFirst().promise { promises.append(promise) }
        }
        return record
    }

    func failWrites(_ error: any Error) {
        while let write = self.writes.popFirst() { write.promise?.fail(error) }
    }
}
