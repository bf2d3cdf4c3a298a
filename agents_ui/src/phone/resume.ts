// A conversation that outlives the page. Voice runs between the browser and Asterisk alone, and Asterisk keeps the
// dialog of a browser that fell silent for a while. What the dialog is known by is kept outside of the page; the page
// that comes next goes on in the same dialog with a re-INVITE of its own, so that Asterisk, and with it the core and the
// history, see one leg that never ended.
//
// JsSIP has no way to begin with a dialog that exists already, so this fills in the fields of one. They are private: the
// version is pinned in package.json, and the browser test of a reload in mid-call fails when they change.
import JsSIP from "jssip";
import DialogClass from "jssip/lib/Dialog";
import * as sessions from "jssip/lib/RTCSession";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { UA } from "jssip/lib/UA";

export type Saved = {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly localUri: string;
  readonly remoteUri: string;
  readonly target: string;
  readonly routes: readonly string[];
  readonly localSeq: number;
  readonly remoteSeq: number;
  readonly muted: boolean;
  /** Epoch ms of the last sign of life. */
  readonly at: number;
};

const KEY = "cc.phone.dialog.";
/** Asterisk ends a leg without voice after a minute (rtp_timeout of the station). */
const LASTS_MS = 55_000;

type DialogParts = {
  _id: { call_id: string; local_tag: string; remote_tag: string; toString: () => string };
  _owner: unknown;
  _ua: unknown;
  _state: number;
  _uac_pending_reply: boolean;
  _uas_pending_reply: boolean;
  _local_seqnum: number | undefined;
  _remote_seqnum: number | undefined;
  _local_uri: unknown;
  _remote_uri: unknown;
  _remote_target: unknown;
  _route_set: string[];
  _incoming_ack_seqnum: number | null;
  _outgoing_ack_seqnum: number | null;
};

type SessionParts = {
  _id: string;
  _status: number;
  _is_confirmed: boolean;
  _direction: string;
  _from_tag: string;
  _to_tag: string;
  _contact: string;
  _dialog: DialogParts | null;
  _request: unknown;
  _local_identity: unknown;
  _remote_identity: unknown;
  _start_time: Date;
  _localMediaStream: MediaStream;
  _createRTCConnection: (config: RTCConfiguration, constraints: null) => void;
  _connection: RTCPeerConnection;
};

type UaParts = { newDialog: (dialog: unknown) => void; newRTCSession: (session: unknown, data: unknown) => void; contact: { toString: (options: object) => string } };

const STATUS_CONFIRMED = 9;
const DIALOG_CONFIRMED = 2;

export function save(station: string, session: RTCSession, muted: boolean): void {
  const dialog = (session as unknown as SessionParts)._dialog;
  if (dialog === null) return;
  const saved: Saved = {
    callId: dialog._id.call_id,
    localTag: dialog._id.local_tag,
    remoteTag: dialog._id.remote_tag,
    localUri: String(dialog._local_uri),
    remoteUri: String(dialog._remote_uri),
    target: String(dialog._remote_target),
    routes: dialog._route_set,
    // 0 is none: requests of ours are then counted from a number that JsSIP draws.
    localSeq: dialog._local_seqnum ?? 0,
    remoteSeq: dialog._remote_seqnum ?? 0,
    muted,
    at: Date.now(),
  };
  try {
    window.localStorage.setItem(KEY + station, JSON.stringify(saved));
  } catch {
    // Forbidden storage: a reload ends this conversation's voice.
  }
}

export function forget(station: string): void {
  try {
    window.localStorage.removeItem(KEY + station);
  } catch {
    // Nothing was kept either.
  }
}

/** The conversation that the page before left, if it can still be there. */
export function left(station: string): Saved | null {
  try {
    const kept = window.localStorage.getItem(KEY + station);
    if (kept === null) return null;
    const saved = JSON.parse(kept) as Saved;
    return Date.now() - saved.at < LASTS_MS ? saved : null;
  } catch {
    return null;
  }
}

/** Goes on with it. `ended` tells of the session as of any other; a re-INVITE that is refused ends it. */
export function resume(ua: UA, saved: Saved, stream: MediaStream, onSession: (session: RTCSession) => void): void {
  const session = new SessionClass(ua);
  const parts = session as unknown as SessionParts;
  const inner = ua as unknown as UaParts;
  const id = { call_id: saved.callId, local_tag: saved.localTag, remote_tag: saved.remoteTag, toString: () => saved.callId + saved.localTag + saved.remoteTag };
  const dialog = Object.create(DialogClass.prototype) as DialogParts;
  Object.assign(dialog, {
    _id: id,
    _owner: session,
    _ua: ua,
    _state: DIALOG_CONFIRMED,
    _uac_pending_reply: false,
    _uas_pending_reply: false,
    _local_seqnum: saved.localSeq === 0 ? undefined : saved.localSeq + 1,
    _remote_seqnum: saved.remoteSeq === 0 ? undefined : saved.remoteSeq,
    _local_uri: JsSIP.URI.parse(saved.localUri),
    _remote_uri: JsSIP.URI.parse(saved.remoteUri),
    _remote_target: JsSIP.URI.parse(saved.target),
    _route_set: [...saved.routes],
    _incoming_ack_seqnum: null,
    _outgoing_ack_seqnum: null,
  } satisfies DialogParts);
  Object.assign(parts, {
    _id: saved.callId + saved.remoteTag,
    _status: STATUS_CONFIRMED,
    _is_confirmed: true,
    _direction: "incoming",
    _from_tag: saved.remoteTag,
    _to_tag: saved.localTag,
    _contact: inner.contact.toString({}),
    _dialog: dialog,
    _start_time: new Date(),
    _localMediaStream: stream,
  } satisfies Partial<SessionParts>);
  inner.newDialog(dialog);
  onSession(session);
  parts._createRTCConnection({ iceServers: [] }, null);
  for (const track of stream.getTracks()) parts._connection.addTrack(track, stream);
  inner.newRTCSession(session, { originator: "local", session, request: null });
  session.renegotiate({});
}

/** JsSIP's files are CommonJS, each with one class for its whole; the types say otherwise. */
const SessionClass = (sessions as unknown as { default: new (ua: UA) => RTCSession }).default;
