<?php
/**
 * How this WordPress is.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

/**
 * Looks at what a site needs; each part is `ok` or says what is wrong.
 */
final class Health {

	private const LATE = 3600;

	/**
	 * Registers the route.
	 */
	public static function register_routes(): void {
		route( 'GET', '/health', array( self::class, 'read' ), 'manage_sites' );
	}

	/**
	 * The health.
	 */
	public static function read(): array {
		return array(
			'database'         => self::database(),
			'filesystem'       => wp_is_writable( WP_CONTENT_DIR . '/uploads' ) ? 'ok' : 'uploads cannot be written',
			'cron'             => self::cron(),
			'objectCache'      => self::object_cache(),
			'wordpressVersion' => get_bloginfo( 'version' ),
			'phpVersion'       => PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION . '.' . PHP_RELEASE_VERSION,
			'sites'            => (int) get_sites(
				array(
					'count'      => true,
					'meta_key'   => Site::STATE, // phpcs:ignore WordPress.DB.SlowDBQuery -- blogmeta has an index on it.
					'meta_value' => Site::READY, // phpcs:ignore WordPress.DB.SlowDBQuery -- one network has some fifty sites.
				)
			),
		);
	}

	/**
	 * Whether the database answers.
	 */
	private static function database(): string {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- that it is asked is the point.
		return '1' === (string) $wpdb->get_var( 'SELECT 1' ) ? 'ok' : 'the database does not answer';
	}

	/**
	 * Whether scheduled work is done.
	 */
	private static function cron(): string {
		$events = _get_cron_array();
		$oldest = $events ? min( array_keys( $events ) ) : PHP_INT_MAX;
		return $oldest > time() - self::LATE ? 'ok' : 'scheduled work is late';
	}

	/**
	 * Whether the object cache keeps what it is given.
	 */
	private static function object_cache(): string {
		$value = wp_generate_password( 12, false );
		wp_cache_set( 'bbws_health', $value, 'bbws', 10 );
		return wp_cache_get( 'bbws_health', 'bbws' ) === $value ? 'ok' : 'the object cache forgets';
	}
}
