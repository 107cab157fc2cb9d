<?php
/**
 * Lets things go wrong that a healthy machine never does, as `faults.json` says. A must-use plugin of the tests.
 *
 * `query` is a regular expression: the next statement that it matches is refused by the database, once. `kill` is one,
 * too: PHP is killed before that statement. `bytes` is how large a file may become, as on a disk that is full. `rename`
 * is a regular expression, too: it is held against the name before and the name after, and what it matches stays. `hold` names a hook, at which a request waits
 * until the file `go` is there, once it has laid down `held`.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

/**
 * What is to go wrong.
 */
function bbws_faults(): array {
	$file = WP_CONTENT_DIR . '/faults.json';
	return is_file( $file ) ? (array) json_decode( (string) file_get_contents( $file ), true ) : array();
}

/**
 * Renames, unless that is to go wrong; the plugin finds this function before PHP's own.
 *
 * @param string $from What is renamed.
 * @param string $to   Its new name.
 */
function rename( string $from, string $to ): bool {
	$fault = bbws_faults()['rename'] ?? null;
	return ( null === $fault || 1 !== preg_match( "#$fault#", "$from $to" ) ) && \rename( $from, $to );
}

$bbws_bytes = bbws_faults()['bytes'] ?? null;
if ( null !== $bbws_bytes ) {
	pcntl_signal( SIGXFSZ, SIG_IGN );
	posix_setrlimit( POSIX_RLIMIT_FSIZE, $bbws_bytes, POSIX_RLIMIT_INFINITY );
	// The process goes on to serve others.
	register_shutdown_function( static fn() => posix_setrlimit( POSIX_RLIMIT_FSIZE, POSIX_RLIMIT_INFINITY, POSIX_RLIMIT_INFINITY ) );
}

add_filter(
	'query',
	static function ( $sql ) {
		$faults = bbws_faults();
		foreach ( array( 'query', 'kill' ) as $kind ) {
			if ( ! isset( $faults[ $kind ] ) || 1 !== preg_match( "#{$faults[ $kind ]}#", $sql ) ) {
				continue;
			}
			unset( $faults[ $kind ] );
			file_put_contents( WP_CONTENT_DIR . '/faults.json', wp_json_encode( (object) $faults ) );
			if ( 'kill' === $kind ) {
				posix_kill( getmypid(), SIGKILL );
			}
			return 'SELECT a FROM what_is_not_there';
		}
		return $sql;
	}
);

$bbws_hook = bbws_faults()['hold'] ?? null;
if ( null !== $bbws_hook ) {
	add_filter(
		$bbws_hook,
		static function ( $value ) {
			$held = WP_CONTENT_DIR . '/held';
			if ( ! is_file( $held ) ) {
				touch( $held );
				for ( $waited = 0; $waited < 600 && ! file_exists( WP_CONTENT_DIR . '/go' ); $waited++ ) {
					usleep( 50000 );
					clearstatcache();
				}
			}
			return $value;
		}
	);
}
