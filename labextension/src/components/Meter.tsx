// How much of something is used, and how something is shared out, as bars with words.

export interface MeterProps {
  name: string;
  words: string;
  /** From 0 to 1, more when it is exceeded; null where there is no limit to compare with. */
  share: number | null;
}

/** From this share on the bar warns. */
const NEARLY = 0.8;

export function Meter({ name, words, share }: MeterProps) {
  const look = share === null || share < NEARLY ? '' : share < 1 ? ' jp-mod-near' : ' jp-mod-over';
  const percent = share === null ? '' : ` · ${share > 0 && share < 0.01 ? '< 1' : Math.round(share * 100)} %`;
  return (
    <div className={`jp-statek-Meter${look}`}>
      <div className="jp-statek-Meter-words">
        <span>{name}</span>
        <span className="jp-statek-muted">
          {words}
          {percent}
        </span>
      </div>
      {share === null ? null : (
        <div
          className="jp-statek-Meter-bar"
          role="meter"
          aria-label={name}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.min(100, Math.round(share * 100))}
          aria-valuetext={words}
        >
          <i style={{ width: `${Math.min(100, share * 100)}%` }} />
        </div>
      )}
    </div>
  );
}

export interface Part {
  name: string;
  value: number;
  words: string;
  look: 'in' | 'out' | 'cached' | 'code';
}

export function Shares({ name, parts }: { name: string; parts: Part[] }) {
  const words = parts.map(part => `${part.name} ${part.words}`).join(' · ');
  return (
    <div className="jp-statek-Meter">
      <div className="jp-statek-Meter-words">
        <span>{name}</span>
        <span className="jp-statek-muted">
          {parts.map((part, at) => (
            <span key={part.name}>
              {at > 0 ? ' · ' : null}
              <i className={`jp-statek-Key jp-mod-${part.look}`} /> {part.name} {part.words}
            </span>
          ))}
        </span>
      </div>
      <div className="jp-statek-Meter-bar" role="img" aria-label={`${name}: ${words}`}>
        {parts.map(part => (
          <i key={part.name} className={`jp-mod-${part.look}`} style={{ flexGrow: part.value }} />
        ))}
      </div>
    </div>
  );
}
