<?php
/**
 * Addresses within content, also within PHP's serialised values.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

/**
 * Rewrites one site's address to another's, in whatever form it is written.
 *
 * Serialised values are rewritten without being unserialised: no object comes to life, classes that are not loaded
 * lose nothing, and lengths are counted anew.
 */
final class Addresses {

	private string $pattern;

	/**
	 * Rewrites from one site to another.
	 *
	 * @param string $from_domain The address that is written, without a scheme.
	 * @param string $to_domain   The address that is to be written.
	 * @param int    $from_id     The id of the site whose uploads are named.
	 * @param int    $to_id       The id of the site whose uploads are to be named.
	 */
	public function __construct( private string $from_domain, private string $to_domain, private int $from_id, private int $to_id ) {
		// In front of a host stands what belongs to no host; in a query that may be "%2F", in JSON "\n" or "\u003e".
		$this->pattern = '/(?:(?<=%2f|%40)|(?<=\\\\[nrtbf])|(?<=\\\\u[0-9a-f]{4})|(?<![A-Za-z0-9.-]))' . preg_quote( $from_domain, '/' ) . '(?![A-Za-z0-9-]|\.[A-Za-z0-9])/i';
	}

	/**
	 * The value with its addresses rewritten.
	 *
	 * @param string|null $value A value of the database.
	 */
	public function rewritten( ?string $value ): ?string {
		if ( null === $value || ! $this->is_concerned( $value ) ) {
			return $value;
		}
		// WordPress reads a serialised value also with white space around it.
		$inner     = trim( $value );
		$position  = 0;
		$rewritten = $this->is_serialised( $inner ) ? $this->element( $inner, $position ) : null;
		if ( null === $rewritten || strlen( $inner ) !== $position ) {
			return $this->text( $value );
		}
		$before = strpos( $value, $inner );
		return substr( $value, 0, $before ) . $rewritten . substr( $value, $before + strlen( $inner ) );
	}

	/**
	 * Whether there may be anything to rewrite.
	 *
	 * @param string $value A value.
	 */
	private function is_concerned( string $value ): bool {
		return false !== stripos( $value, $this->from_domain ) || 1 === preg_match( "#sites(?:\\\\?/|%2f){$this->from_id}(?:\\\\?/|%2f)#i", $value );
	}

	/**
	 * Whether a value looks serialised.
	 *
	 * @param string $value A value.
	 */
	private function is_serialised( string $value ): bool {
		return 1 === preg_match( '/^(?:[aOs]:\d+:|[bid]:|N;|[CE]:\d+:)/', $value );
	}

	/**
	 * Plain text with its addresses rewritten.
	 *
	 * @param string $text Text without lengths.
	 */
	private function text( string $text ): string {
		$rewritten = preg_replace( $this->pattern, $this->to_domain, $text );
		if ( null === $rewritten ) {
			// Never let a content be replaced by nothing.
			throw new Refusal( 500, 'bbws_text_refused', 'PHP refused to look through a text: ' . preg_last_error_msg() );
		}
		return strtr(
			$rewritten,
			array(
				"/uploads/sites/{$this->from_id}/"         => "/uploads/sites/{$this->to_id}/",
				"\\/uploads\\/sites\\/{$this->from_id}\\/" => "\\/uploads\\/sites\\/{$this->to_id}\\/",
				"%2Fuploads%2Fsites%2F{$this->from_id}%2F" => "%2Fuploads%2Fsites%2F{$this->to_id}%2F",
				"%2fuploads%2fsites%2f{$this->from_id}%2f" => "%2fuploads%2fsites%2f{$this->to_id}%2f",
			)
		);
	}

	/**
	 * One serialised element, rewritten; null when it is none.
	 *
	 * @param string $from     The serialised text.
	 * @param int    $position Where the element begins; afterwards, where it ends.
	 */
	private function element( string $from, int &$position ): ?string {
		$kind = $from[ $position ] ?? '';
		switch ( $kind ) {
			case 's':
				return $this->string( $from, $position );
			case 'a':
				return $this->matched( '/\Ga:(\d+):\{/', $from, $position, $found ) ? $this->members( $from, $position, $found[0], (int) $found[1] ) : null;
			case 'O':
				if ( ! $this->matched( '/\GO:(\d+):"([^"]*)":(\d+):\{/', $from, $position, $found ) || strlen( $found[2] ) !== (int) $found[1] ) {
					return null;
				}
				return $this->members( $from, $position, $found[0], (int) $found[3] );
			case 'C':
				return $this->custom( $from, $position );
			default:
				return $this->matched( '/\G(?:N|b:[01]|i:[+-]?\d+|d:[^;]+|[rR]:\d+|E:\d+:"[^"]*");/', $from, $position, $found ) ? $found[0] : null;
		}
	}

	/**
	 * A serialised string, whose content may be serialised again.
	 *
	 * @param string $from     The serialised text.
	 * @param int    $position Where the string begins; afterwards, where it ends.
	 */
	private function string( string $from, int &$position ): ?string {
		if ( ! $this->matched( '/\Gs:(\d+):"/', $from, $position, $found ) ) {
			return null;
		}
		$length  = (int) $found[1];
		$content = substr( $from, $position, $length );
		if ( strlen( $content ) !== $length || '";' !== substr( $from, $position + $length, 2 ) ) {
			return null;
		}
		$position += $length + 2;
		$rewritten = (string) $this->rewritten( $content );
		return 's:' . strlen( $rewritten ) . ":\"$rewritten\";";
	}

	/**
	 * The members of an array or an object, and the brace behind them.
	 *
	 * @param string $from     The serialised text.
	 * @param int    $position Where the first member begins; afterwards, behind the brace.
	 * @param string $head     What stands before them.
	 * @param int    $count    How many there are, each with a key and a value.
	 */
	private function members( string $from, int &$position, string $head, int $count ): ?string {
		$parts = array( $head );
		for ( $part = 0; $part < 2 * $count; $part++ ) {
			$element = $this->element( $from, $position );
			if ( null === $element ) {
				return null;
			}
			$parts[] = $element;
		}
		if ( '}' !== ( $from[ $position ] ?? '' ) ) {
			return null;
		}
		++$position;
		return implode( '', $parts ) . '}';
	}

	/**
	 * An object with a form of its own (Serializable), which is left as it is: only its class can read it.
	 *
	 * @param string $from     The serialised text.
	 * @param int    $position Where the object begins; afterwards, where it ends.
	 */
	private function custom( string $from, int &$position ): ?string {
		if ( ! $this->matched( '/\GC:\d+:"[^"]*":(\d+):\{/', $from, $position, $found ) ) {
			return null;
		}
		$content   = substr( $from, $position, (int) $found[1] );
		$position += (int) $found[1] + 1;
		return $found[0] . $content . '}';
	}

	/**
	 * Matches a pattern at a position and goes behind it.
	 *
	 * @param string $pattern  A pattern that begins with \G.
	 * @param string $from     The text.
	 * @param int    $position Where to match; afterwards, behind the match.
	 * @param array  $found    What was matched.
	 */
	private function matched( string $pattern, string $from, int &$position, ?array &$found ): bool {
		if ( 1 !== preg_match( $pattern, $from, $found, 0, $position ) ) {
			return false;
		}
		$position += strlen( $found[0] );
		return true;
	}
}
