// SPDX-License-Identifier: Apache-2.0
// USART0 in asynchronous mode (datasheet chapter 19). avr8js has one, too, but without the two-byte receive
// buffer, the lost bytes of an overrun and the transmit buffer, which decide whether a sketch gets its data.

const UCSRA = 0xc0;
const UCSRB = 0xc1;
const UCSRC = 0xc2;
const UBRRL = 0xc4;
const UBRRH = 0xc5;
const UDR = 0xc6;
const RXC = 0x80; // UCSRA: a byte was received
const TXC = 0x40; // UCSRA: the last byte has left
const UDRE = 0x20; // UCSRA: the transmit buffer is free
const DOR = 0x08; // UCSRA: bytes were lost
const SETTINGS = 0x03; // UCSRA: double speed, multi-processor mode; the other bits are status
const RXEN = 0x10; // UCSRB
const TXEN = 0x08; // UCSRB
const BUFFER_BYTES = 2;
const DATA_BITS = 8;

export class Uart {
  // onByte(byte) is called when the last bit of a byte has left the chip.
  constructor(cpu, onByte) {
    this.cpu = cpu;
    this.onByte = onByte;
    this.incoming = []; // bytes the other side still has to send
    this.nextIncoming = 0;
    this.onWire = false; // a frame is arriving
    this.received = []; // the receive buffer: at most two {byte, overrun}
    this.waiting = null; // a third byte, in the shift register
    this.overrun = false;
    this.lostBytes = 0;
    this.sending = false;
    this.shifting = 0; // the byte that is leaving
    this.frameEnd = 0; // the cycle in which it will have left
    this.transmitBuffer = null;
    this.clockStopped = false; // in sleep
    this.disturbed = false; // the clock stood still while a frame arrived
    this.frameSent = () => this.endSending();
    this.frameArrived = () => this.endFrame();
    const interrupt = (address, mask, constant) => ({
      address,
      constant,
      flagRegister: UCSRA,
      flagMask: mask,
      enableRegister: UCSRB,
      enableMask: mask,
    });
    this.receiveComplete = interrupt(0x24, RXC, true);
    this.bufferEmpty = interrupt(0x26, UDRE, true);
    this.transmitComplete = interrupt(0x28, TXC, false);
    cpu.data[UCSRA] = UDRE;
    cpu.data[UCSRC] = 0x06; // 8 data bits, no parity, 1 stop bit
    cpu.writeHooks[UCSRA] = (value) => this.writeStatus(value);
    cpu.writeHooks[UCSRB] = (value) => this.writeControl(value);
    cpu.writeHooks[UDR] = (value) => this.writeData(value);
    cpu.readHooks[UDR] = () => this.readData();
  }

  // Clock cycles of one frame: start bit, data bits, parity, stop bits.
  get cyclesPerByte() {
    const { data } = this.cpu;
    const divider = ((((data[UBRRH] & 0x0f) << 8) | data[UBRRL]) + 1) * (data[UCSRA] & 2 ? 8 : 16);
    const dataBits = data[UCSRB] & 0x04 ? 9 : 5 + ((data[UCSRC] >> 1) & 3);
    return divider * (1 + dataBits + (data[UCSRC] & 0x20 ? 1 : 0) + (data[UCSRC] & 0x08 ? 2 : 1));
  }

  // ---- what the other side does

  // The bytes arrive one after the other at the rate the sketch configured, from when its receiver is on.
  send(bytes) {
    if (this.nextIncoming === this.incoming.length) {
      this.incoming = [];
      this.nextIncoming = 0;
    }
    for (const byte of bytes) this.incoming.push(byte);
    this.startFrame();
  }

  startFrame() {
    if (this.onWire || this.nextIncoming === this.incoming.length || !(this.cpu.data[UCSRB] & RXEN)) return;
    if (this.waiting) { // buffer full, a byte waiting, and a new start bit: the waiting byte is lost
      this.waiting = null;
      this.overrun = true;
      this.lostBytes++;
    }
    this.onWire = true;
    this.disturbed = this.clockStopped;
    this.cpu.addClockEvent(this.frameArrived, this.cyclesPerByte);
  }

  endFrame() {
    this.onWire = false;
    const frame = { byte: this.incoming[this.nextIncoming++], overrun: this.overrun };
    if (this.cpu.data[UCSRB] & RXEN && !this.disturbed) {
      this.overrun = false;
      if (this.received.length < BUFFER_BYTES) this.received.push(frame);
      else this.waiting = frame;
      this.showReceived();
    } else this.lostBytes++;
    this.startFrame();
  }

  // ---- what the sketch does

  showReceived() {
    const { cpu } = this;
    cpu.data[UCSRA] = (cpu.data[UCSRA] & ~DOR) | (this.received[0]?.overrun ? DOR : 0);
    if (this.received.length) cpu.setInterruptFlag(this.receiveComplete);
    else cpu.clearInterrupt(this.receiveComplete);
  }

  readData() {
    const frame = this.received.shift();
    if (this.waiting) {
      this.received.push(this.waiting);
      this.waiting = null;
    }
    this.showReceived();
    return frame ? frame.byte : 0;
  }

  writeStatus(value) {
    const { cpu } = this;
    cpu.clearInterruptByFlag(this.transmitComplete, value);
    cpu.data[UCSRA] = (cpu.data[UCSRA] & ~SETTINGS) | (value & SETTINGS);
    return true;
  }

  writeControl(value) {
    const { cpu } = this;
    cpu.data[UCSRB] = value;
    for (const interrupt of [this.receiveComplete, this.bufferEmpty, this.transmitComplete]) {
      cpu.updateInterruptEnable(interrupt, value);
    }
    if (!(value & RXEN)) { // switching the receiver off empties its buffer
      this.received = [];
      this.waiting = null;
      this.showReceived();
    }
    this.startFrame();
    return true;
  }

  writeData(value) {
    const { cpu } = this;
    if (!(cpu.data[UCSRB] & TXEN) || !(cpu.data[UCSRA] & UDRE)) return true;
    if (this.sending) {
      this.transmitBuffer = value;
      cpu.clearInterrupt(this.bufferEmpty);
    } else this.transmit(value);
    return true;
  }

  transmit(byte) {
    this.sending = true;
    this.shifting = byte;
    this.frameEnd = this.cpu.cycles + this.cyclesPerByte;
    this.cpu.addClockEvent(this.frameSent, this.cyclesPerByte);
  }

  endSending() {
    this.sending = false;
    this.onByte(this.shifting);
    if (this.transmitBuffer === null) {
      this.cpu.setInterruptFlag(this.transmitComplete);
      return;
    }
    this.transmit(this.transmitBuffer);
    this.transmitBuffer = null;
    this.cpu.setInterruptFlag(this.bufferEmpty);
  }

  // ---- sleep modes that stop the port's clock

  // What arrives meanwhile is lost. A byte that is leaving stops half-way: the other side reads the level that the
  // line is held at as the rest of it. (A sketch that waits until all is sent, as Serial.flush() does, avoids that.)
  stopClock() {
    this.clockStopped = true;
    this.disturbed = true;
    if (!this.sending) return;
    const bitCycles = this.cyclesPerByte / (2 + DATA_BITS);
    const sent = Math.floor(DATA_BITS + 2 - (this.frameEnd - this.cpu.cycles) / bitCycles); // 0: in the start bit
    if (sent > DATA_BITS) return;
    const passed = (1 << Math.max(0, sent - 1)) - 1; // bits that are through
    const held = sent && this.shifting & (1 << (sent - 1)) ? 0xff : 0;
    this.shifting = (this.shifting & passed) | (held & ~passed & 0xff);
  }

  startClock() {
    this.clockStopped = false;
  }
}
