import Testing

@testable import Relaying

@Suite struct DeliveryWindowTests {
    @Test func `the first look takes as many as fit`() {
        var window = DeliveryWindow(limit: 4, refillAt: 2)
        let look = window.lookUp()
        #expect(look?.room == 4)
        #expect(look?.passingOver == [])
    }

    @Test func `a look that filled the window is followed by another once half of it is free`() {
        var window = DeliveryWindow(limit: 4, refillAt: 2)
        _ = window.lookUp()
        window.took([1, 2, 3, 4], of: 4)
        expectNoLook(&window)
        let wantsMore2 = window.finished(2)
        #expect(!wantsMore2)
        let wantsMore1 = window.finished(1)
        #expect(wantsMore1)
        let look = window.lookUp()
        #expect(look?.room == 2)
        #expect(look?.passingOver == [3, 4])
    }

    @Test func `a look that found the queue's end is not repeated until something arrives`() {
        var window = DeliveryWindow(limit: 4, refillAt: 2)
        _ = window.lookUp()
        window.took([1], of: 4)
        let wantsMore1 = window.finished(1)
        #expect(!wantsMore1)
        expectNoLook(&window)
        window.workArrived()
        let look = window.lookUp()
        #expect(look?.room == 4)
    }

    @Test func `what arrives during a look is not forgotten`() {
        var window = DeliveryWindow(limit: 4, refillAt: 2)
        _ = window.lookUp()
        window.workArrived()
        window.took([1], of: 4)
        let look = window.lookUp()
        #expect(look?.passingOver == [1])
    }

    @Test func `what arrives while the window is full is looked for when there is room`() {
        var window = DeliveryWindow(limit: 2, refillAt: 1)
        _ = window.lookUp()
        window.took([1, 2], of: 2)
        window.workArrived()
        expectNoLook(&window)
        let wantsMore1 = window.finished(1)
        #expect(wantsMore1)
        let look = window.lookUp()
        #expect(look?.room == 1)
    }

    private func expectNoLook(_ window: inout DeliveryWindow, sourceLocation: SourceLocation = #_sourceLocation) {
        let look = window.lookUp()
        #expect(look == nil, sourceLocation: sourceLocation)
    }
}
