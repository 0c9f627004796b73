// The box to send the job a message.

import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { trans } from '../translation';

export interface ComposerProps {
  label: string;
  placeholder: string;
  onSend: (text: string) => Promise<unknown>;
}

export function Composer({ label, placeholder, onSend }: ComposerProps) {
  const [text, setText] = useState('');
  const [sending, setSending] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const send = () => {
    if (sending || text.trim() === '') {
      return;
    }
    setSending(true);
    onSend(text).then(
      () => {
        setText('');
        setSending(false);
        box.current?.focus();
      },
      // The view's notice says why; the text stays to be sent again.
      () => {
        setSending(false);
        box.current?.focus();
      }
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      send();
    }
  };
  return (
    <form
      className="jp-statek-Composer"
      onSubmit={event => {
        event.preventDefault();
        send();
      }}
    >
      <label className="jp-statek-hidden" htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        ref={box}
        rows={Math.min(6, text.split('\n').length)}
        value={text}
        placeholder={placeholder}
        onChange={event => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" className="jp-statek-Button jp-mod-primary" disabled={sending || text.trim() === ''}>
        {sending ? trans.__('Sending…') : trans.__('Send')}
      </button>
    </form>
  );
}
