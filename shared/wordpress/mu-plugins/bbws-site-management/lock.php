<?php
/**
 * Locks of the database: held by this request, gone with its connection.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

/**
 * MySQL's GET_LOCK(): a process that is killed gives its locks back with its connection.
 */
final class Lock {

	private const SECONDS = 15;

	/**
	 * Runs `$work` while nobody else does anything under this name.
	 *
	 * @param string   $name What is locked, within this database.
	 * @param callable $work What is done.
	 * @return mixed What it returns.
	 * @throws Refusal 423 when somebody else does not come to an end.
	 */
	public static function hold( string $name, callable $work ) {
		global $wpdb;
		self::keep( $name );
		try {
			return $work();
		} finally {
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- a lock is not cached.
			$wpdb->query( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', self::full( $name ) ) );
		}
	}

	/**
	 * Takes a lock until the request ends, and its connection with it.
	 *
	 * @param string $name What is locked, within this database.
	 * @throws Refusal 423 when somebody else does not come to an end.
	 */
	public static function keep( string $name ): void {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- a lock is not cached.
		if ( '1' !== (string) $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, %d)', self::full( $name ), self::SECONDS ) ) ) {
			throw new Refusal( 423, 'bbws_locked', 'The same is being done by another request.' );
		}
	}

	/**
	 * A lock's name as MySQL has it: its locks are the server's; names have at most 64 characters.
	 *
	 * @param string $name What is locked, within this database.
	 */
	private static function full( string $name ): string {
		global $wpdb;
		return 'bbws_' . md5( DB_NAME . $wpdb->base_prefix . $name );
	}
}
