<?php
/**
 * Ends PHP at a chosen moment, as a container that dies does: before the n-th statement that writes, counted down in
 * the file `crash-at`. A must-use plugin of the tests.
 *
 * @package BBWS\SiteManagement
 */

add_filter(
	'query',
	static function ( $sql ) {
		$countdown = WP_CONTENT_DIR . '/crash-at';
		$is_job    = 1 === preg_match( '#/bbws/v1/sites/\d+/(copies|backups|restores|imports)$#', $_SERVER['REQUEST_URI'] ?? '' );
		if ( $is_job && is_file( $countdown ) && 1 === preg_match( '/^\s*(CREATE|DROP|RENAME|REPLACE|INSERT|UPDATE|DELETE)\b/i', $sql ) ) {
			$left = (int) file_get_contents( $countdown ) - 1;
			file_put_contents( $countdown, (string) $left );
			if ( $left < 1 ) {
				unlink( $countdown );
				posix_kill( getmypid(), 9 );
			}
		}
		return $sql;
	}
);
